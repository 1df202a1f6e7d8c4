import { z } from 'zod';

/** domain's ServedPlan, LatencyPoint, ServeSpec and ServingProof at the edge. */
export const servedPlanSchema = z.object({
  variant: z.string().min(1),
  policy: z.enum(['linear', 'batch', 'multi-engine']),
  engines: z.array(z.number().int().min(1)).min(1),
  waitMs: z.number().min(0),
  ratePerS: z.number().positive(),
});

export const latencyPointSchema = z.object({
  batch: z.number().int().min(1),
  timeNs: z.number().positive(),
  samplesNs: z.array(z.number()).nullable(),
  interval: z.object({ lowNs: z.number(), highNs: z.number() }).nullable(),
  memoryBytes: z.number().nullable(),
  buildNs: z.number().nullable(),
  interpolated: z.boolean(),
});

const seconds = z.number().positive().max(600);

export const serveSpecSchema = z.object({
  plan: servedPlanSchema,
  seconds,
  seed: z.number().int(),
  points: z.array(latencyPointSchema).min(1),
});

const figures = { throughputPerS: z.number(), p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() };
const ratio = z.object({ throughput: z.number(), p99: z.number() });

export const servingProofSchema = z.looseObject({
  plan: servedPlanSchema,
  requests: z.number().int(),
  seconds: z.number(),
  seed: z.number().int(),
  forecast: z.object(figures),
  rehearsed: z.object(figures),
  replayed: z.object(figures),
  served: z.object({ ...figures, launches: z.number().int(), padding: z.number().int() }),
  ratio,
  host: z.object({ cpuSteal: z.number().nullable(), otherLoad: z.number().nullable() }),
  rehearsedRatio: ratio,
  replayedRatio: ratio,
  launches: z.array(
    z.object({
      batch: z.number().int(),
      forecastNs: z.number(),
      rehearsedNs: z.number().nullable(),
      servedNs: z.number().nullable(),
      count: z.number().int(),
    }),
  ),
});
