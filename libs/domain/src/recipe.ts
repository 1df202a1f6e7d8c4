export type FloatVariant = 'fp32' | 'tf32' | 'fp16' | 'bf16';
export type Variant = FloatVariant | 'int8';

export type Scheme = 'dynamic-symmetric' | 'dynamic-asymmetric' | 'static-symmetric' | 'static-asymmetric';
export type Calibrator = 'max' | 'percentile' | 'entropy' | 'mse' | 'auto';

/** How FP32 becomes INT8. Absent choices are filled in by `recipeDefaults`. */
export interface QuantizationRecipe {
  scheme: Scheme;
  /** null for dynamic schemes. */
  calibrator: Calibrator | null;
  weightBits: 7 | 8;
  granularity: 'per-channel' | 'per-tensor';
  /** Layers kept in float, by name or operator type. */
  exclude: string[];
  /** TensorRT <= 10: ranges through a calibration cache, the builder places INT8 where it likes. */
  placement: 'explicit' | 'implicit';
  /** True: biases make up for what rounded weights do to each channel's mean. Left out: `auto` may, others do not. */
  biasCorrection?: boolean | undefined;
  /** TensorRT: what layers that are not INT8 may run in; left out: FP16 where the device runs it fast, else FP32. */
  rest?: FloatVariant | undefined;
}

/** The user's own Q/DQ model. */
export interface OwnModelRecipe {
  /** Path in a matrix file; `sha256` once it is uploaded. */
  model: string;
  sha256: string | null;
  rest?: FloatVariant | undefined;
}

export type Recipe = QuantizationRecipe | OwnModelRecipe;

export const recipeDefaults: QuantizationRecipe = {
  scheme: 'static-symmetric',
  calibrator: 'max',
  weightBits: 8,
  granularity: 'per-channel',
  exclude: [],
  placement: 'explicit',
};

export function isOwnModel(recipe: Recipe): recipe is OwnModelRecipe {
  return 'model' in recipe;
}

/** Stable label of a recipe; unique among the recipes of a trial, used as the engine's label and as a key. */
export function recipeLabel(recipe: Recipe): string {
  if (isOwnModel(recipe)) {
    const own = `int8/own/${recipe.sha256?.slice(0, 12) ?? recipe.model}`;
    return recipe.rest === undefined ? own : `${own}/rest-${recipe.rest}`;
  }
  const parts = ['int8', recipe.scheme];
  if (recipe.calibrator !== null) parts.push(recipe.calibrator);
  parts.push(`w${recipe.weightBits}`);
  if (recipe.granularity === 'per-tensor') parts.push('per-tensor');
  if (recipe.placement === 'implicit') parts.push('implicit');
  if (recipe.biasCorrection === true) parts.push('corrected-biases');
  if (recipe.rest !== undefined) parts.push(`rest-${recipe.rest}`);
  if (recipe.exclude.length > 0) parts.push(`without-${[...recipe.exclude].sort().join('+')}`);
  return parts.join('/');
}

export function isDynamic(scheme: Scheme): boolean {
  return scheme === 'dynamic-symmetric' || scheme === 'dynamic-asymmetric';
}
