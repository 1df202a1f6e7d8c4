import { runtimeNames } from '@octet/domain';
import { z } from 'zod';
import { serveSpecSchema } from './serving.js';

/**
 * The agent's WebSocket (`/agents`, Bearer token): one JSON object a frame, told apart by `type`. Results do not travel here:
 * a record may hold megabytes of raw samples, so the agent POSTs it (gzip) to `routes.results` and the HTTP answer is the
 * acknowledgement.
 */
export const protocolVersion = 1;
/** Code of the refusal that an agent gets once an operator has revoked it. */
export const agentRevoked = 'agent-revoked';
/** HTTP header in which an agent names itself beside the token. */
export const agentIdHeader = 'octet-agent-id';

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a lower-case hex SHA-256');
const sha256 = sha256Schema;
const trialKey = { trialId: z.string().min(1), attempt: z.number().int().min(1) };

export const runtimeProbeSchema = z.object({
  name: z.enum(runtimeNames),
  version: z.string(),
  providers: z.array(z.string()),
  origin: z.string(),
});

const cpuDevice = z.object({
  kind: z.literal('cpu'),
  id: z.string(),
  name: z.string(),
  architecture: z.enum(['x86-64', 'arm64']),
  instructionSets: z.array(z.string()),
  threads: z.number().int().min(1),
  physicalCores: z.number().int(),
  logicalCores: z.number().int(),
  memoryBytes: z.number(),
});
const smArchitecture = z.custom<`sm_${number}`>((value) => typeof value === 'string' && /^sm_\d+$/.test(value));
const gpuDevice = z.object({
  kind: z.literal('gpu'),
  id: z.string(),
  name: z.string(),
  architecture: smArchitecture,
  memoryBytes: z.number(),
  powerLimitW: z.number().nullable(),
  powerMode: z.string().nullable(),
  driverVersion: z.string().nullable(),
  index: z.number().int(),
  mig: z.boolean(),
});
const dlaDevice = z.object({
  kind: z.literal('dla'),
  id: z.string(),
  name: z.string(),
  architecture: smArchitecture,
  core: z.number().int(),
  memoryBytes: z.number(),
  powerMode: z.string().nullable(),
});
export const deviceSchema = z.discriminatedUnion('kind', [cpuDevice, gpuDevice, dlaDevice]);

/** One device of an agent: runs one trial at a time, for any of its runtimes. */
export const slotSchema = z.object({
  slotId: z.string().min(1),
  device: deviceSchema,
  deviceClass: z.string().min(1),
  runtimes: z.array(runtimeProbeSchema),
});
export type Slot = z.infer<typeof slotSchema>;

const restPrecision = z.enum(['fp32', 'tf32', 'fp16', 'bf16']);
const quantizationRecipe = z.object({
  scheme: z.enum(['dynamic-symmetric', 'dynamic-asymmetric', 'static-symmetric', 'static-asymmetric']),
  calibrator: z.enum(['max', 'percentile', 'entropy', 'mse', 'auto']).nullable(),
  weightBits: z.union([z.literal(7), z.literal(8)]),
  granularity: z.enum(['per-channel', 'per-tensor']),
  exclude: z.array(z.string()),
  placement: z.enum(['explicit', 'implicit']),
  biasCorrection: z.boolean().optional(),
  rest: restPrecision.optional(),
});
const ownModelRecipe = z.object({ model: z.string(), sha256: sha256.nullable(), rest: restPrecision.optional() });
export const recipeSchema = z.union([quantizationRecipe, ownModelRecipe]);

export const blobRefSchema = z.object({ name: z.string(), sha256 });
const blobRef = blobRefSchema;
export const accuracyBudgetSchema = z.discriminatedUnion('metric', [
  z.object({ metric: z.literal('cosine'), atLeast: z.number() }),
  z.object({ metric: z.literal('sqnr'), atLeast: z.number() }),
  z.object({ metric: z.literal('top1'), maxDrop: z.number() }),
  z.object({ metric: z.literal('top5'), maxDrop: z.number() }),
]);
export const measurePlanSchema = z.object({
  threshold: z.number().positive(),
  halfWidth: z.number().positive(),
  minRounds: z.number().int().min(1),
  maxSeconds: z.number().positive(),
});
export const trialSpecSchema = z.object({
  model: blobRef,
  dataset: blobRef.nullable(),
  batch: z.number().int().min(1),
  shapes: z.record(z.string(), z.array(z.number().int().min(0))),
  deviceClass: z.string(),
  runtime: runtimeProbeSchema.shape.name,
  threads: z.number().int().min(1).nullable(),
  floats: z.array(z.enum(['fp32', 'tf32', 'fp16', 'bf16'])),
  recipes: z.array(recipeSchema),
  plan: measurePlanSchema,
  accuracy: accuracyBudgetSchema.nullable(),
  seed: z.number().int(),
  force: z.boolean(),
  serve: serveSpecSchema.optional(),
});

export const trialProgressSchema = z.object({
  phase: z.enum(['fetch', 'prepare', 'calibrate', 'build', 'warm-up', 'rounds', 'profile', 'accuracy', 'report']),
  message: z.string(),
  rounds: z.number().int(),
  /** Of the first recipe against the fastest float so far; null before there is one. */
  interval: z.object({ median: z.number(), low: z.number(), high: z.number() }).nullable(),
  secondsLeft: z.number().nullable(),
  /** Engines, INT8 models and calibration tables taken from a cache so far, and those made anew. */
  cache: z.object({ hits: z.number().int(), builds: z.number().int(), calibrations: z.number().int() }),
});
export type TrialProgress = z.infer<typeof trialProgressSchema>;

/** How a device is right now. Absent is null. */
export const deviceReadingSchema = z.object({
  /** When it was read, by the agent's clock. */
  at: z.string(),
  /** Of the SMs of a GPU, the mean of the cores of a CPU. */
  clockMhz: z.number().nullable(),
  temperatureC: z.number().nullable(),
  powerW: z.number().nullable(),
  /** 0..1, of the whole device, whoever uses it. */
  utilization: z.number().nullable(),
  throttle: z.array(z.string()),
});
export type DeviceReading = z.infer<typeof deviceReadingSchema>;
const slotReadings = z.array(z.object({ slotId: z.string(), reading: deviceReadingSchema }));
export type SlotReadings = z.infer<typeof slotReadings>;

/** What the agent says. */
export const agentMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocolVersion: z.number().int(),
    /** Stable across restarts (kept in the agent's data folder). */
    agentId: z.string().min(1),
    name: z.string().min(1),
    version: z.string(),
    /** Fresh at each start of the agent's process: tells a restart from a new connection. */
    lifeId: z.string().min(1).nullable().default(null),
    slots: z.array(slotSchema),
    /** Trials this agent is measuring right now (a lost connection does not stop them). */
    running: z.array(z.object({ slotId: z.string(), ...trialKey })),
    /** Finished results on the agent's disk that no controller has acknowledged. */
    spooled: z.array(z.object(trialKey)),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
  z.object({ type: z.literal('trial.accepted'), ...trialKey, slotId: z.string() }),
  z.object({ type: z.literal('trial.progress'), ...trialKey, progress: trialProgressSchema }),
  /** Every few seconds, for people to look at; nothing is decided by it. */
  z.object({ type: z.literal('devices.readings'), slots: slotReadings }),
  /** Given back unmeasured (SIGTERM, draining, slot busy): the controller queues it again; counts as no failure. */
  z.object({ type: z.literal('trial.handback'), ...trialKey, reason: z.string() }),
  /** The trial itself can't be done (model missing, disk full ...): `retry` says whether another attempt may help. */
  z.object({
    type: z.literal('trial.failed'),
    ...trialKey,
    error: z.object({ code: z.string(), message: z.string() }),
    retry: z.boolean(),
  }),
]);
export type AgentMessage = z.infer<typeof agentMessageSchema>;

/** What the controller says. */
export const controllerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), protocolVersion: z.number().int(), heartbeatMs: z.number().int() }),
  z.object({
    type: z.literal('trial.assigned'),
    ...trialKey,
    slotId: z.string(),
    spec: trialSpecSchema,
    /** Noise floor of the device class, relative (0.01 = 1 %). */
    noiseFloor: z.number(),
  }),
  z.object({ type: z.literal('trial.cancel'), ...trialKey, reason: z.string() }),
  /** The spooled result is accepted or of no use any more: the agent may delete it. */
  z.object({ type: z.literal('result.settled'), ...trialKey }),
  z.object({ type: z.literal('refused'), code: z.string(), message: z.string() }),
]);
export type ControllerMessage = z.infer<typeof controllerMessageSchema>;
