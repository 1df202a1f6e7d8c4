import type { Device, RuntimeName, RuntimeProbe } from './device.js';
import type { ClassedLayer, LayerWork } from './layer.js';
import type { FloatVariant, Recipe, Variant } from './recipe.js';
import type { Peaks } from './roofline/peaks.js';
import type { ServeSpec, ServingProof } from './rollout/serving-proof.js';

/** How long and how precisely a trial is measured. Ratios are dimensionless, times in seconds as written in a matrix. */
export interface MeasurePlan {
  /** Speed-up from which INT8 pays (1.05 = 5 % faster). */
  threshold: number;
  /** Wanted relative half-width of the 95 % interval. */
  halfWidth: number;
  minRounds: number;
  /** Budget for the rounds of one trial; building and calibrating are not in it. */
  maxSeconds: number;
}

export const defaultPlan: MeasurePlan = { threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 120 };

export type AccuracyBudget =
  | { metric: 'cosine'; atLeast: number }
  | { metric: 'sqnr'; atLeast: number }
  | { metric: 'top1'; maxDrop: number }
  | { metric: 'top5'; maxDrop: number };

export interface BlobRef {
  name: string;
  /** Lower-case hex SHA-256 of the content (external data included). */
  sha256: string;
}

/** One cell of a matrix with all its variants and recipes: the unit of scheduling, measured side by side on one device. */
export interface TrialSpec {
  model: BlobRef;
  dataset: BlobRef | null;
  batch: number;
  /** Concrete shape of each model input, batch included. */
  shapes: Record<string, number[]>;
  deviceClass: string;
  runtime: RuntimeName;
  /** CPU threads of each engine; null on a GPU. */
  threads: number | null;
  floats: FloatVariant[];
  recipes: Recipe[];
  plan: MeasurePlan;
  accuracy: AccuracyBudget | null;
  /** 32-bit seed of everything random in the trial: order of variants, random inputs, held-out split. */
  seed: number;
  /** Measure what policy calls `unsupported`. */
  force: boolean;
  /** Left out of all trials but those that serve real load to prove a plan. */
  serve?: ServeSpec | undefined;
}

/** An expected outcome, never an error: why something was not measured. */
export interface Refusal {
  /** Stable kebab-case code: `no-int8-hardware`, `fixed-batch`, `dataset-missing`, `build-failed` ... */
  code: string;
  message: string;
}

export interface AccuracyResult {
  metric: 'cosine' | 'sqnr' | 'top1' | 'top5';
  /** Cosine in [-1, 1], SQNR in dB, top-k as a share in [0, 1] of the INT8 engine. */
  value: number;
  /** The same metric of the reference engine where it has one (top-k); null for cosine and SQNR. */
  referenceValue: number | null;
  /** 95 % interval where one is known. */
  low: number | null;
  high: number | null;
  inputs: number;
  reference: FloatVariant;
  /** Every metric that could be computed, by name, for the record. */
  all: Record<string, number | null>;
}

/** How one layer's output differs between the FP32 model and the quantised one. */
export interface LayerAccuracy {
  /** Tensor that both models have under this name. */
  tensor: string;
  /** Operator that makes it in the FP32 model. */
  type: string;
  /** In [-1, 1]. */
  cosine: number;
  /** dB within [-300, 300]. */
  sqnrDb: number;
}

/** One engine of a trial: what was built, from what, and what came of it. */
export interface EngineRecord {
  /** `fp32`, or the recipe's label: unique in the trial; rounds and orders refer to it. `fp32#2` is an A/A twin. */
  label: string;
  variant: Variant;
  recipe: Recipe | null;
  status: 'measured' | 'unsupported' | 'failed' | 'not-measured';
  refusal: Refusal | null;
  build: {
    cacheHit: boolean;
    buildNs: number | null;
    sizeBytes: number | null;
    sha256: string | null;
    firstLoadNs: number | null;
    /** Loading the same engine again with its files in the page cache; left out by agents that do not measure it. */
    warmLoadNs?: number | null | undefined;
    /** Device (GPU) or resident (CPU process) memory at its peak, bytes. */
    peakMemoryBytes: number | null;
    /** Every option that would be needed to build and run the same engine again. */
    options: Record<string, unknown>;
    /** Quantisation: targets that should be INT8 and were not fused, by name. */
    unfusedTargets: string[];
    calibrationTableSha256: string | null;
  } | null;
  /** From a separate profiled run; null if there was none. */
  layers: ClassedLayer[] | null;
  accuracy: AccuracyResult | null;
  /** In order of execution; left out where layers were not compared. */
  layerAccuracy?: LayerAccuracy[] | undefined;
  /**
   * Energy of one execution of the batch, mJ, from the energy counters of the whole CPU package over a second of runs; null where
   * the host has none or does not let us read them. Left out by agents that do not measure it.
   */
  energyMillijoules?: number | null | undefined;
}

export interface RoundRecord {
  index: number;
  /** Milliseconds since the first round began. */
  startedMs: number;
  /** Labels in the order in which they ran. */
  order: string[];
  /** Raw samples by label, ns for one execution of the batch; warm-up is never among them. */
  samples: Record<string, number[]>;
  /** By label, how many of the samples each turn gave, in order (their sum is the samples). Absent: every engine ran once. */
  turns?: Record<string, number[]> | undefined;
  /** Why the round does not count; null for a good one. */
  voided: Refusal | null;
}

export interface TelemetrySample {
  /** Milliseconds since the first round began. */
  atMs: number;
  smClockMhz: number | null;
  memoryClockMhz: number | null;
  cpuClockMhz: number | null;
  temperatureC: number | null;
  powerW: number | null;
  utilization: number | null;
  throttle: string[];
  /** Share of CPU time stolen by the hypervisor since the sample before, 0..1. */
  cpuSteal: number | null;
  /** Share of CPU time used by others than the measuring process, 0..1. */
  otherLoad: number | null;
  /** Share of the time in which some task waited for memory, 0..1; left out by agents that do not read it. */
  memoryPressure?: number | null | undefined;
}

export interface EnvironmentWarning {
  id: string;
  message: string;
  advice: string;
}

/** Measuring conditions; the main one of a GPU is CUDA graph, no transfers, one stream (design of measuring, section 6). */
export interface RunMode {
  /** CUDA graph: false on a CPU. */
  graph: boolean;
  transfers: boolean;
  streams: number;
}

/** Ids of the other conditions that a GPU's final pair is measured under. */
export const gpuModeIds = ['no-graph', 'transfers', 'streams-2', 'streams-4', 'soak'] as const;
export type GpuModeId = (typeof gpuModeIds)[number];

/** The same of a CPU: other numbers of threads (ids `threads-N` in the record), several runs at once. */
export const cpuModeIds = ['threads', 'streams-2', 'streams-4'] as const;
export type CpuModeId = (typeof cpuModeIds)[number];

/** The final pair measured once more, briefly, under another condition than the trial's own. */
export interface ModeRecord {
  /** `threads-1`, `no-graph`, `transfers`, `streams-4`, `soak`: unique in the record. */
  id: string;
  /** CPU threads of both engines in this mode; null where threads are not what changed. */
  threads: number | null;
  /** The conditions, and the load before the first round; absent where threads are what changed. */
  conditions?: (RunMode & { soakSeconds: number }) | undefined;
  /** By label, from the mode with transfers: medians of the parts of one run, ns. */
  transferParts?: Record<string, { hostToDeviceNs: number; computeNs: number; deviceToHostNs: number }> | undefined;
  /** By label, from the soak: medians under lasting load, when the device is warm. */
  load?: Record<string, { powerW: number | null; smClockMhz: number | null; temperatureC: number | null }> | undefined;
  /** Labels of the pair. */
  float: string;
  recipe: string;
  /** By label, one number for each round, ns: the same place is the same round. */
  roundMediansNs: Record<string, number[]>;
}

/** Engines of one independent build (no timing cache), measured side by side: another build may give another engine. */
export interface BuildRecord {
  /** 0 is the first of the independent builds. */
  index: number;
  /** By label. */
  engines: Record<string, { sha256: string; buildNs: number; sizeBytes: number }>;
  /** By label, one number for each round, ns: the same place is the same round. */
  roundMediansNs: Record<string, number[]>;
}

/** The INT8 engine built with INT8 inputs (and outputs): what disappears is what its conversions at the border cost. */
export interface BorderRecord {
  /** Label of the INT8 engine that is compared. */
  recipe: string;
  /** `inputs`: INT8 inputs, float outputs; `inputs-outputs`: both INT8. */
  borders: 'inputs' | 'inputs-outputs';
  /** null where it could not be built or run; then `refusal` says why. */
  roundMediansNs: { asBuilt: number[]; int8Borders: number[] } | null;
  refusal: Refusal | null;
}

/** The record of one trial as the agent reports it: everything the verdict is judged from. Times in integer ns. */
export interface TrialRecord {
  schemaVersion: 1;
  spec: TrialSpec;
  device: Device;
  runtime: RuntimeProbe;
  startedAt: string;
  endedAt: string;
  engines: EngineRecord[];
  rounds: RoundRecord[];
  /** Why the rounds ended. */
  stop: 'decided' | 'time-out' | 'cancelled' | 'failed' | 'nothing-to-compare';
  telemetry: TelemetrySample[];
  environment: { warnings: EnvironmentWarning[]; facts: Record<string, string | number | boolean | null> };
  /** Weights or inputs that are random are said to be. */
  inputs: { source: 'dataset' | 'random'; seed: number; count: number };
  /** Left out where no mode was measured. */
  modes?: ModeRecord[] | undefined;
  /** Left out where nothing was built again to be measured. */
  builds?: BuildRecord[] | undefined;
  /** Left out where engines with INT8 inputs and outputs were not asked for. */
  borders?: BorderRecord[] | undefined;
  /** Of the model's layers that multiply; left out by agents that do not count it. */
  work?: LayerWork[] | undefined;
  /** Of a CPU, measured on it; left out where they were not (a GPU's are looked up by its product). */
  peaks?: Peaks | undefined;
  /** Of a trial that served: its outcome. */
  serving?: ServingProof | undefined;
}
