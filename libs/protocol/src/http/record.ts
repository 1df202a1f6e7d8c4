import { z } from 'zod';
import type { TrialRecord } from '@octet/domain';
import { deviceSchema, recipeSchema, runtimeProbeSchema, trialSpecSchema } from '../messages.js';
import { servingProofSchema } from '../serving.js';
import { refusalSchema } from './matrices.js';

const dataType = z.enum([
  'fp32',
  'fp16',
  'bf16',
  'tf32',
  'fp8',
  'int8',
  'uint8',
  'int4',
  'int32',
  'int64',
  'bool',
  'other',
]);

const layerTensor = z.looseObject({
  name: z.string(),
  dataType,
  format: z.string().nullable(),
  dims: z.array(z.number()).nullable(),
});

const classedLayer = z.looseObject({
  name: z.string(),
  type: z.string(),
  kind: z.enum(['conversion', 'noop', 'compute']),
  inputs: z.array(layerTensor),
  outputs: z.array(layerTensor),
  timeNs: z.number().nullable(),
  kernel: z.string().nullable(),
  provider: z.string().nullable(),
  weightBytes: z.number().nullable(),
  class: z.enum(['quantize', 'dequantize', 'layout', 'cast', 'copy', 'int8', 'float', 'noop']),
  fusedQuantize: z.boolean(),
  fusedDequantize: z.boolean(),
  chainedTo: z.enum(['quantize', 'dequantize']).nullable(),
});

const floatVariant = z.enum(['fp32', 'tf32', 'fp16', 'bf16']);

const accuracyResult = z.looseObject({
  metric: z.enum(['cosine', 'sqnr', 'top1', 'top5']),
  value: z.number(),
  referenceValue: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  inputs: z.number().int(),
  reference: floatVariant,
  all: z.record(z.string(), z.number().nullable()),
});

const layerAccuracy = z.looseObject({
  tensor: z.string(),
  type: z.string(),
  cosine: z.number(),
  sqnrDb: z.number(),
});

const engineBuild = z.looseObject({
  cacheHit: z.boolean(),
  buildNs: z.number().nullable(),
  sizeBytes: z.number().nullable(),
  sha256: z.string().nullable(),
  firstLoadNs: z.number().nullable(),
  warmLoadNs: z.number().nullable().optional(),
  peakMemoryBytes: z.number().nullable(),
  options: z.record(z.string(), z.unknown()),
  unfusedTargets: z.array(z.string()),
  calibrationTableSha256: z.string().nullable(),
});

const engineRecord = z.looseObject({
  label: z.string().min(1),
  variant: z.enum(['fp32', 'tf32', 'fp16', 'bf16', 'int8']),
  recipe: recipeSchema.nullable(),
  status: z.enum(['measured', 'unsupported', 'failed', 'not-measured']),
  refusal: refusalSchema.nullable(),
  build: engineBuild.nullable(),
  layers: z.array(classedLayer).nullable(),
  accuracy: accuracyResult.nullable(),
  layerAccuracy: z.array(layerAccuracy).optional(),
  energyMillijoules: z.number().nullable().optional(),
});

const roundRecord = z
  .looseObject({
    index: z.number().int().min(0),
    startedMs: z.number(),
    order: z.array(z.string()),
    samples: z.record(z.string(), z.array(z.number().min(0))),
    turns: z.record(z.string(), z.array(z.number().int().min(1))).optional(),
    voided: refusalSchema.nullable(),
  })
  .refine(({ samples, turns }) => turnsHoldSamples(samples, turns), {
    path: ['turns'],
    message: 'the turns of an engine must add up to its samples',
  });

function turnsHoldSamples(samples: Record<string, number[]>, turns: Record<string, number[]> = {}): boolean {
  return Object.entries(turns).every(
    ([label, counts]) => counts.reduce((sum, count) => sum + count, 0) === (samples[label] ?? []).length,
  );
}

const telemetrySample = z.looseObject({
  atMs: z.number(),
  smClockMhz: z.number().nullable(),
  memoryClockMhz: z.number().nullable(),
  cpuClockMhz: z.number().nullable(),
  temperatureC: z.number().nullable(),
  powerW: z.number().nullable(),
  utilization: z.number().nullable(),
  throttle: z.array(z.string()),
  cpuSteal: z.number().nullable(),
  otherLoad: z.number().nullable(),
  memoryPressure: z.number().nullable().optional(),
});

const modeRecord = z.looseObject({
  id: z.string().min(1),
  threads: z.number().int().positive().nullable(),
  float: z.string().min(1),
  recipe: z.string().min(1),
  roundMediansNs: z.record(z.string(), z.array(z.number().min(0))),
  conditions: z
    .looseObject({
      graph: z.boolean(),
      transfers: z.boolean(),
      streams: z.number().int().positive(),
      soakSeconds: z.number().min(0),
    })
    .optional(),
  load: z
    .record(
      z.string(),
      z.looseObject({
        powerW: z.number().nullable(),
        smClockMhz: z.number().nullable(),
        temperatureC: z.number().nullable(),
      }),
    )
    .optional(),
  transferParts: z
    .record(
      z.string(),
      z.looseObject({ hostToDeviceNs: z.number(), computeNs: z.number(), deviceToHostNs: z.number() }),
    )
    .optional(),
});

const buildRecord = z.looseObject({
  index: z.number().int().min(0),
  engines: z.record(z.string(), z.looseObject({ sha256: z.string(), buildNs: z.number(), sizeBytes: z.number() })),
  roundMediansNs: z.record(z.string(), z.array(z.number().min(0))),
});

const borderRecord = z.looseObject({
  recipe: z.string().min(1),
  borders: z.enum(['inputs', 'inputs-outputs']),
  roundMediansNs: z
    .looseObject({ asBuilt: z.array(z.number().min(0)), int8Borders: z.array(z.number().min(0)) })
    .nullable(),
  refusal: refusalSchema.nullable(),
});

/** domain's TrialRecord at the edge. Loose objects: what a newer agent adds is kept, not refused. */
export const trialRecordSchema = z.looseObject({
  schemaVersion: z.literal(1),
  spec: trialSpecSchema,
  device: deviceSchema,
  runtime: runtimeProbeSchema,
  startedAt: z.string(),
  endedAt: z.string(),
  engines: z.array(engineRecord),
  rounds: z.array(roundRecord),
  stop: z.enum(['decided', 'time-out', 'cancelled', 'failed', 'nothing-to-compare']),
  telemetry: z.array(telemetrySample),
  environment: z.looseObject({
    warnings: z.array(z.object({ id: z.string(), message: z.string(), advice: z.string() })),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
  inputs: z.looseObject({ source: z.enum(['dataset', 'random']), seed: z.number(), count: z.number().int() }),
  modes: z.array(modeRecord).optional(),
  builds: z.array(buildRecord).optional(),
  borders: z.array(borderRecord).optional(),
  work: z.array(z.looseObject({ names: z.array(z.string()), macs: z.number(), weights: z.number() })).optional(),
  peaks: z
    .looseObject({
      product: z.string(),
      teraOps: z.object({
        fp32: z.number().nullable(),
        tf32: z.number().nullable(),
        fp16: z.number().nullable(),
        bf16: z.number().nullable(),
        int8: z.number().nullable(),
      }),
      memoryGBs: z.number().positive(),
      l2Bytes: z.number().nullable(),
      source: z.string(),
    })
    .optional(),
  serving: servingProofSchema.optional(),
});

/** Body of POST /api/results. */
export const resultEnvelopeSchema = z.object({
  trialId: z.string().min(1),
  attempt: z.number().int().min(1),
  agentId: z.string().min(1),
  record: trialRecordSchema,
});

export const resultAcknowledgementSchema = z.object({
  accepted: z.boolean(),
  reason: z.enum(['accepted', 'stale-attempt', 'already-accepted', 'cancelled', 'unknown-trial']),
});

/** Compile-time proof that what the edge lets through is what the domain judges. */
type EdgeRecord = z.infer<typeof trialRecordSchema>;
export type RecordAgrees = EdgeRecord extends TrialRecord ? true : never;
export const recordAgrees: RecordAgrees = true;
