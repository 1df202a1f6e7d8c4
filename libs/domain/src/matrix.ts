import type { Architecture, RuntimeName } from './device.js';
import type { Recipe, Variant } from './recipe.js';
import type { AccuracyBudget, MeasurePlan } from './trial.js';

/** One dimension of a requested shape: a number, or the word that is filled in from `batches`. */
export type ShapeDimension = number | 'batch';

/** Where a matrix takes a model from: a file beside it, content already uploaded, or a name the controller knows. */
export type ModelSource = { path: string } | { sha256: string } | { name: string };

export interface MatrixModel {
  source: ModelSource;
  /** One entry for each combination of input shapes to measure; [] takes the model's own. */
  shapes: Record<string, ShapeDimension[]>[];
  /** Calibration and evaluation inputs: a path, a SHA-256 or a known name; null measures with seeded random inputs. */
  data: string | null;
  accuracy: AccuracyBudget | null;
}

/** Which devices and runtimes a matrix asks for. null means any. */
export interface DeviceSelector {
  architectures: Architecture[] | null;
  /** Whole device classes, as `octet agents` prints them. */
  classes: string[] | null;
  runtimes: RuntimeName[] | null;
  /** CPU threads of each engine; null takes what the device announces. */
  threads: number | null;
}

/** The request, parsed and with every default filled in (design section 3a). */
export interface Matrix {
  name: string;
  models: MatrixModel[];
  batches: number[];
  variants: Variant[];
  /** Recipes of the `int8` variant; [] where it is not asked for. */
  int8: Recipe[];
  devices: DeviceSelector;
  measure: MeasurePlan;
  /** 1 is first, as in Bull. */
  priority: number;
  /** Seed of everything random; each trial's own seed is derived from it. */
  seed: number;
  force: boolean;
}

export const anyDevice: DeviceSelector = { architectures: null, classes: null, runtimes: null, threads: null };

/** As in Bull: 1 is first, and a job without a priority would come after all others. */
export const defaultPriority = 5;
