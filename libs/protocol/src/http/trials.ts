import { z } from 'zod';
import { trialSpecSchema } from '../messages.js';
import { trialStateSchema, trialSummarySchema } from './matrices.js';
import { resultRowSchema } from './result-rows.js';

/** One step of a trial's life, oldest first. */
export const trialEventSchema = z.object({
  at: z.string(),
  state: trialStateSchema,
  attempt: z.number().int(),
  agentId: z.string().nullable(),
  /** `assigned`, `accepted`, `agent-lost`, `handback`, `lane-recovered` ... */
  reason: z.string(),
  message: z.string().nullable(),
});

/** Raw round: medians and ratios are always there; samples only with ?samples=1. All times ns. */
export const trialRoundSchema = z.object({
  index: z.number().int(),
  startedMs: z.number(),
  order: z.array(z.string()),
  mediansNs: z.record(z.string(), z.number().nullable()),
  /** Paired speed-up T_float / T_int8 of the round: by float label, then by INT8 label. */
  ratios: z.record(z.string(), z.record(z.string(), z.number())),
  counts: z.record(z.string(), z.number().int()),
  voided: z.object({ code: z.string(), message: z.string() }).nullable(),
  samplesNs: z.record(z.string(), z.array(z.number())).nullable(),
});
export type TrialRound = z.infer<typeof trialRoundSchema>;

const ns = z.number().int();

/** How long one engine took, over every raw sample of the rounds that count: ns of one execution of the batch. */
export const latencySummarySchema = z.object({
  samples: z.number().int(),
  rounds: z.number().int(),
  minNs: ns,
  meanNs: ns,
  p50Ns: ns,
  p90Ns: ns,
  p95Ns: ns,
  p99Ns: ns,
  maxNs: ns,
  /** Inferences a second, back to back. */
  throughputPerSecond: z.number(),
});

/** One engine of a trial beside its layers. Absent is null. */
export const engineSummarySchema = z.object({
  label: z.string(),
  variant: z.enum(['fp32', 'tf32', 'fp16', 'bf16', 'int8']),
  status: z.enum(['measured', 'unsupported', 'failed', 'not-measured']),
  latency: latencySummarySchema.nullable(),
  cacheHit: z.boolean().nullable(),
  buildNs: z.number().nullable(),
  firstLoadNs: z.number().nullable(),
  warmLoadNs: z.number().nullable(),
  sizeBytes: z.number().nullable(),
  peakMemoryBytes: z.number().nullable(),
  /** Of one execution of the batch, whole device. */
  energyMillijoules: z.number().nullable(),
  sha256: z.string().nullable(),
  calibrationTableSha256: z.string().nullable(),
});

/** Answer of GET /api/trials/:id. `record` is the TrialRecord without raw samples and telemetry; null until there is one. */
export const trialDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  trial: trialSummarySchema,
  spec: trialSpecSchema,
  /** Id of the trial that this one measures again from its record; null for any other. */
  rerunOf: z.string().nullable(),
  record: z.record(z.string(), z.unknown()).nullable(),
  /** One for each engine of the record, in its order; [] until there is a record. */
  engines: z.array(engineSummarySchema),
  results: z.array(resultRowSchema),
  rounds: z.array(trialRoundSchema),
  telemetry: z.array(z.record(z.string(), z.unknown())),
  history: z.array(trialEventSchema),
});
export type TrialDocument = z.infer<typeof trialDocumentSchema>;

export const trialQuerySchema = z.object({ samples: z.enum(['0', '1']).default('0') });
export type TrialQuery = z.infer<typeof trialQuerySchema>;
