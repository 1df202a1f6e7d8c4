import { z } from 'zod';
import { refusalSchema, trialStateSchema } from './matrices.js';
import { latencyPointSchema, servedPlanSchema, servingProofSchema } from '../serving.js';

/** Filters of GET /api/curves: `model` is a name or SHA-256; class and runtime where there are several. */
export const curvesQuerySchema = z.object({
  model: z.string().min(1),
  class: z.string().optional(),
  runtime: z.string().optional(),
});
export type CurvesQuery = z.infer<typeof curvesQuerySchema>;

/** Answer of GET /api/curves: end-to-end times over batch sizes, raw samples included, for one model on one device class. */
export const curvesDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  model: z.object({ name: z.string(), sha256: z.string() }),
  deviceClass: z.string(),
  runtime: z.string(),
  curves: z.array(z.object({ variant: z.string(), points: z.array(latencyPointSchema) })),
  leftOut: z.array(z.object({ variant: z.string(), batch: z.number().int(), reason: z.string() })),
});
export type CurvesDocument = z.infer<typeof curvesDocumentSchema>;

/** Body of POST /api/proofs: serve this plan on an agent of the class. */
export const proofRequestSchema = curvesQuerySchema.extend({
  plan: servedPlanSchema,
  seconds: z.number().positive().max(600).default(30),
  seed: z.number().int().min(0).default(1),
});
export type ProofRequest = z.infer<typeof proofRequestSchema>;

/** One proof by serving: a trial of its own. `proof` is null until it is done. */
export const proofEntrySchema = z.object({
  trialId: z.string(),
  matrixId: z.string(),
  model: z.object({ name: z.string(), sha256: z.string() }),
  deviceClass: z.string(),
  runtime: z.string(),
  plan: servedPlanSchema,
  seconds: z.number(),
  state: trialStateSchema,
  error: refusalSchema.nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
  proof: servingProofSchema.nullable(),
});
export type ProofEntry = z.infer<typeof proofEntrySchema>;

/** Filters of GET /api/proofs; all optional. */
export const proofsQuerySchema = z.object({
  model: z.string().optional(),
  class: z.string().optional(),
  trial: z.string().optional(),
});
export type ProofsQuery = z.infer<typeof proofsQuerySchema>;

/** Answer of GET /api/proofs, newest first. */
export const proofListSchema = z.object({ schemaVersion: z.literal(1), proofs: z.array(proofEntrySchema) });
export type ProofList = z.infer<typeof proofListSchema>;
