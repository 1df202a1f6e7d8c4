import { isOctetError, saturatesU8S8, type QuantizationRecipe } from '@octet/domain';
import { openModel } from '@octet/engines';
import { chooseRecipe, subset, type Dataset, type RecipeChoice } from '@octet/quantization';
import { maxCalibrationSamples } from './calibration.js';
import { fixedBatch } from './model-inputs.js';
import { calibrationSeed } from './trial-inputs.js';
import { targetOf, type RewriteSource } from './rewrite-source.js';

/** What calibrator `auto` came to, kept in the engine's record (`build.options.chosen`). */
export interface ChosenRecipe {
  calibrator: NonNullable<QuantizationRecipe['calibrator']>;
  weightBits: QuantizationRecipe['weightBits'];
  /** True: with corrected biases. Absent: as they are. */
  biasCorrection?: boolean;
  /** A sentence: which, and by how much. */
  reason: string;
  /** What the candidates were ranked by; null where there was nothing to rank on. */
  metric: RecipeChoice['metric'] | null;
  /** Inputs on which the choice rests; accuracy is reported on others. */
  inputs: number;
  /** Best first; SQNR in dB or a share; null for a candidate that gave no number. */
  candidates: { label: string; score: number | null }[];
}

/** Version of what decides a choice besides its key's other parts. */
const choiceVersion = 3;

/** A quarter of the samples ranks the candidates, the rest calibrates them. */
const samplesForChoice = Math.ceil(maxCalibrationSamples / 0.75);

/**
 * The calibrator (and weight bits, on a CPU whose INT8 sums saturate) that `auto` takes for this model, data and target:
 * tried on a part of the *calibrating* samples, so that the held-out ones stay unseen and the reported accuracy is not the
 * one that was selected for. Remembered in the cache of models. Made-up inputs can't rank anything: there it is `max`.
 *
 * @throws OctetError of `chooseRecipe`.
 */
export async function autoRecipe(source: RewriteSource, recipe: QuantizationRecipe): Promise<ChosenRecipe> {
  if (source.inputs.source === 'random') return plainMax(recipe, 'the inputs are random and can rank no calibrator');
  const { deps, progress } = source;
  const identity = identityOf(source, recipe);
  const found = await deps.caches.models.get(identity);
  if (found !== null) {
    progress.count('hits');
    return found.meta as ChosenRecipe;
  }
  const entry = await deps.caches.models.put(identity, () => choose(source, recipe));
  return entry.meta as ChosenRecipe;
}

function identityOf(source: RewriteSource, recipe: QuantizationRecipe): Record<string, unknown> {
  const { spec, deps, inputs, probe } = source;
  return {
    kind: 'auto-recipe',
    modelSha256: spec.model.sha256,
    datasetHash: inputs.split.calibration.hash,
    recipe: { ...recipe, exclude: [...recipe.exclude].sort() },
    target: targetOf(deps),
    saturates: saturates(source),
    metric: spec.accuracy?.metric ?? null,
    runtimeVersion: probe.version,
    samplesForChoice,
    choiceVersion,
  };
}

async function choose(source: RewriteSource, recipe: QuantizationRecipe): Promise<ChosenRecipe> {
  const { spec, deps, model, progress } = source;
  progress.tell('calibrate', 'trying the calibrators');
  const options = { label: 'calibrator auto', threads: spec.threads ?? 1, signal: deps.signal };
  const metric = spec.accuracy?.metric;
  try {
    const choice = await chooseRecipe({
      modelPath: deps.modelPath,
      modelSha256: spec.model.sha256,
      dataset: part(source.inputs.split.calibration),
      runner: { open: (path, { optimized = true } = {}) => openModel(path, { ...options, optimized }) },
      target: targetOf(deps),
      seed: calibrationSeed,
      batchSize: fixedBatch(model),
      coverage: 'explicit',
      // Implicit placement writes no Q/DQ model to try: its ranges are tried in an explicit one, with the biases it has.
      recipe: recipe.placement === 'implicit' ? { ...recipe, placement: 'explicit', biasCorrection: false } : recipe,
      saturatingCpu: saturates(source),
      ...(metric !== undefined && { metric }),
      onProgress: ({ batch, batches, remainingMs }) =>
        progress.tell('calibrate', `trying the calibrators: batch ${batch} of ${batches}`, remainingMs / 1000),
    });
    return chosen(choice);
  } catch (error) {
    deps.signal.throwIfAborted();
    if (!isOctetError(error) || error.code !== 'dataset-too-small') throw error;
    return plainMax(recipe, 'the dataset is too small to hold anything out for ranking calibrators');
  }
}

function part(calibration: Dataset): Dataset {
  if (calibration.count <= samplesForChoice) return calibration;
  const first = Int32Array.from({ length: samplesForChoice }, (_, index) => index);
  return subset(calibration, first, `first-${samplesForChoice}`);
}

/** Only the CPU that runs the engine can show what 7-bit weights gain. */
function saturates({ deps }: RewriteSource): boolean {
  const { device } = deps;
  return device.kind === 'cpu' && saturatesU8S8(device.instructionSets);
}

function chosen({ recipe, reason, metric, heldOutInputs, candidates }: RecipeChoice): ChosenRecipe {
  return {
    calibrator: recipe.calibrator ?? 'max',
    weightBits: recipe.weightBits,
    ...(recipe.biasCorrection === true && { biasCorrection: true }),
    reason,
    metric,
    inputs: heldOutInputs,
    candidates: candidates.map(({ label, score }) => ({ label, score: Number.isFinite(score) ? score : null })),
  };
}

function plainMax({ weightBits }: QuantizationRecipe, because: string): ChosenRecipe {
  return { calibrator: 'max', weightBits, reason: `max: ${because}.`, metric: null, inputs: 0, candidates: [] };
}
