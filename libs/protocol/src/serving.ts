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
  afterIdle: z.array(z.boolean()).nullable(),
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

const figures = {
  throughputPerS: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  p99Interval: z.object({ lowMs: z.number(), highMs: z.number() }).nullable(),
};
const ratio = z.object({ throughput: z.number(), p99: z.number() });
const host = z.object({ cpuSteal: z.number().nullable(), otherLoad: z.number().nullable() });
const nanoseconds = z.number().nullable();

const servedLaunchesSchema = z.object({
  batch: z.number().int(),
  count: z.number().int(),
  forecastNs: z.number(),
  forecastP99Ns: nanoseconds,
  rehearsedNs: nanoseconds,
  rehearsedP99Ns: nanoseconds,
  servedNs: nanoseconds,
  servedP99Ns: nanoseconds,
  overheadNs: nanoseconds,
});

const servedLoad = {
  requests: z.number().int(),
  seconds: z.number(),
  seed: z.number().int(),
  forecast: z.object(figures),
  rehearsed: z.object(figures),
  replayed: z.object(figures),
  served: z.object({ ...figures, launches: z.number().int(), padding: z.number().int() }),
  ratio,
  rehearsedRatio: ratio,
  replayedRatio: ratio,
  moved: z.object({ mean: z.number(), median: z.number(), p99: z.number().nullable() }),
  host,
  rehearsalHost: host,
  launches: z.array(servedLaunchesSchema),
};

export const servingProofSchema = z.looseObject({
  plan: servedPlanSchema,
  ...servedLoad,
  repetitions: z.array(z.object(servedLoad)).min(1),
  verdict: z.object({
    held: z.boolean(),
    reason: z.enum(['launches-moved', 'queue-model']).nullable(),
    sentence: z.string(),
  }),
});
