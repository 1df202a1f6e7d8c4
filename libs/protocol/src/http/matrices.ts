import { z } from 'zod';
import type { AnsweredCell, Refusal } from '@octet/domain';
import { trialSpecSchema } from '../messages.js';

export const refusalSchema = z.object({ code: z.string(), message: z.string() }) satisfies z.ZodType<Refusal>;

/** A cell that is answered without being scheduled; `recipe` null for a float variant, `sha256` null for a model that could not be read. */
export const refusedCellSchema = z.object({
  model: z.object({ name: z.string(), sha256: z.string().nullable() }),
  batch: z.number().int(),
  shapes: z.record(z.string(), z.array(z.number().int())),
  deviceClass: z.string(),
  runtime: z.string(),
  variant: z.string(),
  recipe: z.record(z.string(), z.unknown()).nullable(),
  verdict: z.enum(['unsupported', 'not-measured']),
  refusal: refusalSchema,
});
export type RefusedCell = z.infer<typeof refusedCellSchema>;

/** The domain's answered cell as it travels: without the device's description. */
export function refusedCell(cell: AnsweredCell): RefusedCell {
  const { model, batch, shapes, deviceClass, runtime, variant, recipe, verdict, refusal } = cell;
  const plainRecipe = recipe === null ? null : { ...recipe };
  return { model, batch, shapes, deviceClass, runtime, variant, recipe: plainRecipe, verdict, refusal };
}

/** Part of a selector that matches no known device class (or no runtime of it) yet. */
export const waitingCellSchema = z.object({ selector: z.string(), runtime: z.string().nullable(), why: z.string() });

/** Answer of POST /api/plan: what a matrix would do, nothing stored. */
export const planDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  name: z.string(),
  trials: z.array(z.object({ spec: trialSpecSchema, expectedSeconds: z.number() })),
  refused: z.array(refusedCellSchema),
  waiting: z.array(waitingCellSchema),
  /** Wall time over the slots that are connected now; null when a class has none. */
  expectedSeconds: z.number().nullable(),
});
export type PlanDocument = z.infer<typeof planDocumentSchema>;

export const trialStateSchema = z.enum(['queued', 'assigned', 'done', 'failed', 'cancelled']);
export type TrialState = z.infer<typeof trialStateSchema>;

export const matrixProgressSchema = z.object({
  total: z.number().int(),
  queued: z.number().int(),
  assigned: z.number().int(),
  done: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  refused: z.number().int(),
  waiting: z.number().int(),
});
export type MatrixProgress = z.infer<typeof matrixProgressSchema>;

/** `waiting`: nothing to run now, but part of the selector matches no device yet; `ended`: nothing queued, assigned or waiting. */
export const matrixStateSchema = z.enum(['running', 'waiting', 'ended', 'cancelled']);

export const matrixSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  state: matrixStateSchema,
  priority: z.number().int(),
  createdAt: z.string(),
  progress: matrixProgressSchema,
  /** Seconds until the last trial ends with the slots connected now; null when a lane has no slot; 0 when nothing is left. */
  expectedSecondsLeft: z.number().nullable(),
});
export type MatrixSummary = z.infer<typeof matrixSummarySchema>;

export const trialSummarySchema = z.object({
  id: z.string(),
  matrixId: z.string(),
  model: z.object({ name: z.string(), sha256: z.string() }),
  batch: z.number().int(),
  shapes: z.record(z.string(), z.array(z.number().int())),
  deviceClass: z.string(),
  runtime: z.string(),
  state: trialStateSchema,
  attempt: z.number().int(),
  agentId: z.string().nullable(),
  slotId: z.string().nullable(),
  /** The last progress that the agent reported for the current attempt (see trialProgressSchema). */
  progress: z.record(z.string(), z.unknown()).nullable(),
  error: refusalSchema.nullable(),
  createdAt: z.string(),
  assignedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export type TrialSummary = z.infer<typeof trialSummarySchema>;

/** Answer of GET /api/matrices/:id and POST /api/matrices. `:id` is an id or a name (the newest of that name). */
export const matrixDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  matrix: matrixSummarySchema,
  /** The matrix file that asks for the same again: its models and datasets by their hashes. */
  request: z.record(z.string(), z.unknown()),
  trials: z.array(trialSummarySchema),
  refused: z.array(refusedCellSchema),
  waiting: z.array(waitingCellSchema),
});
export type MatrixDocument = z.infer<typeof matrixDocumentSchema>;

export const matrixListSchema = z.object({ schemaVersion: z.literal(1), matrices: z.array(matrixSummarySchema) });

export const trialListSchema = z.object({ schemaVersion: z.literal(1), trials: z.array(trialSummarySchema) });
export const trialsQuerySchema = z.object({
  matrix: z.string().optional(),
  state: trialStateSchema.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});
export type TrialsQuery = z.infer<typeof trialsQuerySchema>;
