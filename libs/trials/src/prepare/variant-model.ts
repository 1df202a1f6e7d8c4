import { join } from 'node:path';
import {
  isDynamic,
  isOwnModel,
  OctetError,
  type QuantizationRecipe,
  type TrialSpec,
  type Variant,
} from '@octet/domain';
import { fixShapes, hashModel, loadModel, saveModel, type Model } from '@octet/onnx';
import {
  convertToFloat16,
  prepareModel,
  quantizeModel,
  tableSha256,
  type CalibrationTable,
  type HeldOutSplit,
  type QuantizationTarget,
} from '@octet/quantization';
import type { TrialDeps } from '../deps.js';
import type { ProgressTeller } from '../progress.js';
import type { PlannedEngine } from '../plan-engines.js';
import { calibrationTable } from './calibration.js';
import type { TrialInputs } from './trial-inputs.js';

/** Raised whenever the same model, recipe and table would be rewritten differently. */
export const preparationVersion = 2;

/** What every variant of a trial is made from. */
export interface RewriteSource {
  spec: TrialSpec;
  deps: TrialDeps;
  /** As the user gave it. */
  model: Model;
  inputs: TrialInputs & { split: HeldOutSplit };
  progress: ProgressTeller;
}

export interface VariantModel {
  path: string;
  /** Of the user's model (the recipe's own where it has one). */
  modelSha256: string;
  calibrationTableSha256: string | null;
  /** Layers that must turn up as INT8 in the built engine. */
  targets: string[];
}

const fileName = 'model.onnx';

/**
 * The ONNX file that a variant is built from: rewritten for it, shapes fixed, kept in the cache of models. Float variants go
 * through the same simplification as the INT8 ones, so that no variant is flattered by it.
 *
 * @throws OctetError saying why this variant can't be made; the others are not touched.
 */
export function variantModel(source: RewriteSource, engine: PlannedEngine): Promise<VariantModel> {
  const { recipe } = engine;
  if (recipe === null) return floatModel(source, engine.variant);
  return isOwnModel(recipe) ? ownModel(source, recipe) : quantizedModel(source, recipe);
}

/** ONNX Runtime takes its precision from the file; TensorRT's builder makes the float variants from one FP32 file. */
async function floatModel({ spec, deps, model, progress }: RewriteSource, variant: Variant): Promise<VariantModel> {
  const modelSha256 = spec.model.sha256;
  const kind = variant === 'fp16' && deps.runtime.name === 'onnxruntime' ? 'fp16' : 'float';
  const identity = { kind, modelSha256, shapes: spec.shapes, preparationVersion };
  const path = await cached(deps, progress, identity, async (file) => {
    const fixed = fixShapes(prepareModel(model), spec.shapes);
    await saveModel(kind === 'fp16' ? convertToFloat16(fixed, {}).model : fixed, file);
    return [];
  });
  return { ...path, modelSha256, calibrationTableSha256: null };
}

async function ownModel(
  source: RewriteSource,
  recipe: { model: string; sha256: string | null },
): Promise<VariantModel> {
  const { spec, deps, progress } = source;
  const given = deps.ownModels[recipe.sha256 ?? recipe.model] ?? deps.ownModels[recipe.model];
  if (given === undefined) {
    throw new OctetError(
      'own-model-missing',
      `The Q/DQ model ${recipe.model} is not here: upload it, or check its path.`,
    );
  }
  const modelSha256 = recipe.sha256 ?? (await hashModel(given));
  const identity = { kind: 'own', modelSha256, shapes: spec.shapes, preparationVersion };
  const path = await cached(deps, progress, identity, async (file) => {
    await saveModel(fixShapes(await loadModel(given), spec.shapes), file);
    return [];
  });
  return { ...path, modelSha256, calibrationTableSha256: null };
}

async function quantizedModel(source: RewriteSource, recipe: QuantizationRecipe): Promise<VariantModel> {
  const { spec, deps, model, progress } = source;
  const table = await tableFor(source, recipe);
  const calibrationTableSha256 = table === null ? null : tableSha256(table);
  const modelSha256 = spec.model.sha256;
  const target = targetOf(deps);
  const recipeKey = { ...recipe, exclude: [...recipe.exclude].sort() };
  const made = { modelSha256, recipe: recipeKey, calibrationTableSha256, target, shapes: spec.shapes };
  const path = await cached(deps, progress, { kind: 'int8', ...made, preparationVersion }, async (file) => {
    const fixed = fixShapes(model, spec.shapes);
    return (await quantizeModel({ model: fixed, table, recipe, target, outPath: file })).targets;
  });
  return { ...path, modelSha256, calibrationTableSha256 };
}

async function tableFor(source: RewriteSource, recipe: QuantizationRecipe): Promise<CalibrationTable | null> {
  if (isDynamic(recipe.scheme) || recipe.calibrator === null) return null;
  const { spec, deps, model, inputs, progress } = source;
  progress.tell('calibrate', `ranges by ${recipe.calibrator}`);
  return calibrationTable({
    modelPath: deps.modelPath,
    modelSha256: spec.model.sha256,
    model,
    dataset: inputs.split.calibration,
    calibrator: recipe.calibrator,
    threads: spec.threads ?? 1,
    tables: deps.calibrationTables,
    progress,
    signal: deps.signal,
  });
}

function targetOf({ runtime, device }: TrialDeps): QuantizationTarget {
  if (runtime.name === 'tensorrt') return 'tensorrt';
  return device.kind === 'cpu' ? 'onnxruntime-cpu' : 'onnxruntime-cuda';
}

async function cached(
  deps: TrialDeps,
  progress: ProgressTeller,
  identity: Record<string, unknown>,
  make: (file: string) => Promise<string[]>,
): Promise<{ path: string; targets: string[] }> {
  const { models } = deps.caches;
  const found = await models.get(identity);
  if (found !== null) progress.count('hits');
  const entry = found ?? (await models.put(identity, (dir) => make(join(dir, fileName))));
  return { path: join(entry.dir, fileName), targets: entry.meta as string[] };
}
