import { z } from 'zod';
import type { ResultRow } from '@octet/domain';

const ns = z.number().int();
const nullableNs = ns.nullable();

const timesSchema = z.object({
  tFloatNs: ns,
  tQuantNs: nullableNs,
  tInt8Ns: nullableNs,
  tDequantNs: nullableNs,
  int8EndToEndNs: ns,
  int8Parts: z.object({ int8Ns: ns, floatNs: ns, conversionNs: ns, overheadNs: ns }).nullable(),
  layerOverheadNs: z.number().nullable(),
  layerSumRatio: z.number().nullable(),
  fused: z.object({ quantize: z.number().int(), dequantize: z.number().int() }).nullable(),
});

export const reasonSchema = z.object({
  id: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  evidence: z.record(z.string(), z.unknown()),
  advice: z.string(),
});

export const verdictSchema = z.enum([
  'unsupported',
  'not-measured',
  'unstable',
  'accuracy-fails',
  'slower',
  'worth-it',
  'not-worth-it',
  'undecided',
]);

/** design.md section 3: one row for each trial and recipe. Keys that later issues add pass through. */
export const resultRowSchema = z.looseObject({
  model: z.object({ name: z.string(), sha256: z.string() }),
  device: z.object({ class: z.string(), name: z.string(), architecture: z.string() }),
  runtime: z.object({ name: z.string(), version: z.string().nullable() }),
  batch: z.number().int(),
  shapes: z.record(z.string(), z.array(z.number().int())),
  recipe: z.record(z.string(), z.unknown()).nullable(),
  floatVariant: z.string().nullable(),
  floats: z.record(z.string(), ns),
  times: timesSchema.nullable(),
  gainNs: nullableNs,
  speedup: z.object({ median: z.number(), low: z.number(), high: z.number() }).nullable(),
  rounds: z.number().int(),
  accuracy: z
    .object({ metric: z.string(), value: z.number(), inputs: z.number().int(), reference: z.string() })
    .nullable(),
  verdict: verdictSchema,
  reasons: z.array(reasonSchema),
});

/** Answer of GET /api/verdicts, and the document of `bench --json` and `verdicts --json`. */
export const verdictsDocumentSchema = z.object({ schemaVersion: z.literal(1), results: z.array(resultRowSchema) });
export interface VerdictsDocument {
  schemaVersion: 1;
  results: ResultRow[];
}

/** A row as the controller keeps it: where it comes from, and when it was written (null while its trial is open). */
export interface StoredRow extends ResultRow {
  /** null for a cell that never became a trial. */
  trialId: string | null;
  matrixId: string;
  /** Noise floor that the row was judged with, relative; null where nothing was measured. */
  noiseFloor: number | null;
  recordedAt: string | null;
}

/** Filters of GET /api/verdicts; all optional, all must hold. `model` is a name or SHA-256, `matrix` an id or name. */
export const verdictsQuerySchema = z.object({
  matrix: z.string().optional(),
  model: z.string().optional(),
  class: z.string().optional(),
  runtime: z.string().optional(),
  verdict: verdictSchema.optional(),
  batch: z.coerce.number().int().optional(),
  trial: z.string().optional(),
});
export type VerdictsQuery = z.infer<typeof verdictsQuerySchema>;
