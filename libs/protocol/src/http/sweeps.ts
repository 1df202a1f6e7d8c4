import { z } from 'zod';
import type { MeasuredSweep } from '@octet/domain';
import { verdictSchema } from './result-rows.js';

const positive = z.number().positive();
const count = z.number().int().positive();
const family = z.enum(['convolution', 'dense']);

const definitionSchema = z.object({
  family,
  widths: z.array(count).min(1),
  sizes: z.array(count).min(1),
  depth: count,
  maxMacs: positive.nullable(),
});

const cellSchema = z.object({
  name: z.string(),
  family,
  width: count,
  size: count,
  depth: count,
  kernel: count,
  inputShape: z.array(count).min(1),
  weights: count,
  inputElements: count,
  macs: positive,
});

const speedupSchema = z
  .object({ median: positive, low: positive.nullable(), high: positive.nullable() })
  .refine(
    ({ median, low, high }) => (low ?? median) <= median && median <= (high ?? median),
    'low, median and high must stand in this order',
  );

const cellResultSchema = z.object({
  cell: cellSchema,
  floatVariant: z.string().nullable(),
  tFloatNs: z.number().nullable(),
  int8EndToEndNs: z.number().nullable(),
  speedup: speedupSchema.nullable(),
  rounds: z.number().int().min(0),
  verdict: verdictSchema,
  reasons: z.array(z.string()),
});

/** Body of POST /api/sweeps: the `sweep` of `octet sweep --json`. What follows from the grid is left out and computed by readers. */
export const sweepUploadSchema = z.object({
  definition: definitionSchema,
  seed: z.number().int(),
  measuredAt: z.iso.datetime(),
  device: z.object({ class: z.string().min(1), name: z.string(), architecture: z.string() }),
  runtime: z.object({ name: z.string().min(1), version: z.string().nullable() }),
  cells: z.array(cellResultSchema).min(1).max(2_000),
});

/** Compile-time proof that the edge lets through what the domain reads. */
type EdgeSweep = z.infer<typeof sweepUploadSchema>;
export type SweepAgrees = EdgeSweep extends MeasuredSweep ? true : never;
export const sweepAgrees: SweepAgrees = true;

export const storedSweepSchema = sweepUploadSchema.extend({ id: z.string(), storedAt: z.string() });
export type StoredSweep = z.infer<typeof storedSweepSchema>;

export const sweepDocumentSchema = z.object({ schemaVersion: z.literal(1), sweep: storedSweepSchema });
export type SweepDocument = z.infer<typeof sweepDocumentSchema>;

/** Answer of GET /api/sweeps. */
export const sweepListSchema = z.object({ schemaVersion: z.literal(1), sweeps: z.array(storedSweepSchema) });
export type SweepList = z.infer<typeof sweepListSchema>;
