import type { GpuCapability } from '../capabilities/index.js';
import type { CpuDevice, DlaDevice, GpuDevice, RuntimeName } from '../device.js';
import type { ClassedLayer } from '../layer.js';
import type { FloatVariant, Recipe } from '../recipe.js';
import type { Reason, Times } from '../result-row.js';
import type { StabilityFinding } from '../statistics/index.js';
import type { AccuracyResult } from '../trial.js';

/** Times of the final pair in other conditions than the main one, ns; null where the runtime has no such mode. */
export interface ModeTimes {
  withGraphNs: number | null;
  withoutGraphNs: number | null;
  /** From the run with transfers. */
  hostToDeviceNs: number | null;
  deviceToHostNs: number | null;
  computeNs: number | null;
}

/** The speed-up of the same model, device, runtime and recipe at another batch. */
export interface BatchPoint {
  batch: number;
  median: number;
  low: number;
  high: number;
}

/** Bytes that one execution touches, and the cache they might fit. */
export interface Footprint {
  floatBytes: number;
  int8Bytes: number;
  l2Bytes: number;
}

/** Everything a diagnosis may look at for one recipe of one trial. What was not measured is null, and no diagnosis guesses it. */
export interface DiagnosisFacts {
  device: CpuDevice | GpuDevice | DlaDevice;
  /** Table row of a GPU; null for CPUs and unknown architectures. */
  gpu: GpuCapability | null;
  runtime: { name: RuntimeName; version: string; providers: readonly string[] };
  recipe: Recipe;
  batch: number;
  /** The fastest accurate float and its time. */
  floatVariant: FloatVariant;
  /** Times by float variant, ns. */
  floats: Readonly<Record<string, number>>;
  times: Times;
  speedup: { median: number; low: number; high: number } | null;
  int8Layers: readonly ClassedLayer[] | null;
  floatLayers: readonly ClassedLayer[] | null;
  /** Targets that the quantiser meant for INT8 and the runtime did not fuse. */
  unfusedTargets: readonly string[];
  /** Tensors that the builder found no range for, as it named them (implicit INT8); absent: none. */
  missingRanges?: readonly string[];
  accuracy: AccuracyResult | null;
  accuracyFails: boolean;
  stability: readonly StabilityFinding[];
  /** false: what was found could not change the verdict (`instabilityMatters`); absent reads as true. */
  stabilityMatters?: boolean;
  /** Half-width of the interval, relative, where the verdict is `unstable` for it alone; absent or null elsewhere. */
  tooWide?: number | null;
  /** Standard deviation / mean of the INT8 engine's round medians; null with fewer than two rounds. */
  roundVariation: number | null;
  rounds: { counted: number; voided: number };
  throttleReasons: readonly string[];
  modes: ModeTimes | null;
  otherBatches: readonly BatchPoint[];
  footprint: Footprint | null;
}

/** One row of design section 7. null: not seen, or not to be told from what was measured. */
export type Diagnosis = (facts: DiagnosisFacts) => Reason | null;
