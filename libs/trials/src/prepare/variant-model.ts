import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  isDynamic,
  isOwnModel,
  OctetError,
  ortProviderOf,
  parseVersion,
  type QuantizationRecipe,
  type RuntimeProbe,
  type Variant,
} from '@octet/domain';
import { fixShapes, hashModel, loadModel, type Model, saveModel } from '@octet/onnx';
import {
  convertToFloat16,
  implicitForm,
  prepareModel,
  quantizeModel,
  tableSha256,
  type CalibrationTable,
} from '@octet/quantization';
import type { TrialDeps } from '../deps.js';
import type { ProgressTeller } from '../progress.js';
import type { PlannedEngine } from '../plan-engines.js';
import { autoRecipe, type ChosenRecipe } from './auto-recipe.js';
import { calibrationTable } from './calibration.js';
import { calibrationCacheText } from './implicit-ranges.js';
import { checkParserReads } from './parser-gaps.js';
import { targetOf, type RewriteSource } from './rewrite-source.js';

/** Raised whenever the same model, recipe and table would be rewritten differently. */
export const preparationVersion = 6;

export interface VariantModel {
  path: string;
  /** Of the user's model (the recipe's own where it has one). */
  modelSha256: string;
  calibrationTableSha256: string | null;
  /** Layers that must turn up as INT8 in the built engine. */
  targets: string[];
  /** The recipe that was followed: as asked, but for calibrator `auto`. null for float variants and own models. */
  recipe: QuantizationRecipe | null;
  /** What `auto` came to; null where it was not asked for. */
  chosen: ChosenRecipe | null;
  /** Ranges for implicit INT8; null for all else. */
  calibrationCachePath: string | null;
  /** The file itself says the variant's type (FP16, BF16): what strongly typed builders take. */
  typed: boolean;
}

/** What most variants have not. */
const unquantized = {
  calibrationTableSha256: null,
  recipe: null,
  chosen: null,
  calibrationCachePath: null,
  typed: false,
};

const fileName = 'model.onnx';
const rangesFile = 'calibration.cache';

/**
 * The ONNX file that a variant is built from: rewritten for it, shapes fixed, kept in the cache of models. Float variants go
 * through the same simplification as the INT8 ones, so that no variant is flattered by it.
 *
 * @throws OctetError saying why this variant can't be made; the others are not touched.
 */
export async function variantModel(source: RewriteSource, engine: PlannedEngine): Promise<VariantModel> {
  const { recipe } = engine;
  if (recipe !== null && isOwnModel(recipe)) return ownModel(source, recipe);
  checkReads(source, source.model);
  return recipe === null ? floatModel(source, engine.variant) : quantizedModel(source, recipe);
}

function checkReads({ probe, deps }: RewriteSource, model: Model): void {
  const plugins = deps.buildOptions?.['plugins'];
  checkParserReads(model, probe, Array.isArray(plugins) && plugins.length > 0);
}

/**
 * ONNX Runtime takes its precision from the file, and so does TensorRT from 11 on; before, its builder makes the float variants
 * from one FP32 file.
 */
async function floatModel(
  { spec, deps, model, progress, probe }: RewriteSource,
  variant: Variant,
): Promise<VariantModel> {
  const modelSha256 = spec.model.sha256;
  const type = takesTypesFromFile(probe) ? (halfTypes[variant] ?? null) : null;
  const kind = type === null ? 'float' : variant;
  const identity = { kind, modelSha256, shapes: spec.shapes, preparationVersion };
  const path = await cached(deps, progress, identity, async (file) => {
    const fixed = fixShapes(prepareModel(model), spec.shapes);
    await saveModel(type === null ? fixed : convertToFloat16(fixed, { type }).model, file);
    return [];
  });
  return { ...path, ...unquantized, modelSha256, typed: type !== null };
}

const halfTypes: Partial<Record<Variant, 'float16' | 'bfloat16'>> = { fp16: 'float16', bf16: 'bfloat16' };

function takesTypesFromFile({ name, version }: RuntimeProbe): boolean {
  return ortProviderOf(name) !== null || (name === 'tensorrt' && (parseVersion(version)?.[0] ?? 0) >= 11);
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
    const model = await loadModel(given);
    checkReads(source, model);
    await saveModel(fixShapes(model, spec.shapes), file);
    return [];
  });
  return { ...path, ...unquantized, modelSha256 };
}

async function quantizedModel(source: RewriteSource, asked: QuantizationRecipe): Promise<VariantModel> {
  const chosen = asked.calibrator === 'auto' && !isDynamic(asked.scheme) ? await autoRecipe(source, asked) : null;
  const { calibrator, weightBits, biasCorrection } = chosen ?? asked;
  const recipe = { ...asked, calibrator, weightBits, ...(biasCorrection !== undefined && { biasCorrection }) };
  const table = await tableFor(source, recipe);
  if (recipe.placement === 'implicit') return { ...(await implicitModel(source, recipe, table)), chosen };
  return { ...(await explicitModel(source, recipe, table)), chosen };
}

async function explicitModel(
  { spec, deps, model, progress }: RewriteSource,
  recipe: QuantizationRecipe,
  table: CalibrationTable | null,
): Promise<VariantModel> {
  const calibrationTableSha256 = table === null ? null : tableSha256(table);
  const modelSha256 = spec.model.sha256;
  const target = targetOf(deps);
  const recipeKey = { ...recipe, exclude: [...recipe.exclude].sort() };
  const made = { modelSha256, recipe: recipeKey, calibrationTableSha256, target, shapes: spec.shapes };
  const path = await cached(deps, progress, { kind: 'int8', ...made, preparationVersion }, async (file) => {
    const fixed = fixShapes(model, spec.shapes);
    return (await quantizeModel({ model: fixed, table, recipe, target, outPath: file })).targets;
  });
  return { ...path, ...unquantized, modelSha256, calibrationTableSha256, recipe };
}

/**
 * The float model, in which every tensor that INT8 needs a range of bears a name, and its ranges beside it: the builder places
 * INT8 where it likes.
 */
async function implicitModel(
  { spec, deps, model, progress, probe }: RewriteSource,
  recipe: QuantizationRecipe,
  table: CalibrationTable | null,
): Promise<VariantModel> {
  const calibrationTableSha256 = table === null ? null : tableSha256(table);
  const modelSha256 = spec.model.sha256;
  const made = { modelSha256, calibrationTableSha256, shapes: spec.shapes, runtimeVersion: probe.version };
  const path = await cached(deps, progress, { kind: 'implicit', ...made, preparationVersion }, async (file) => {
    const form = implicitForm(fixShapes(prepareModel(model), spec.shapes));
    const ranges = calibrationCacheText(table, probe.version, form.rangeFrom);
    await saveModel(form.model, file);
    await writeFile(join(dirname(file), rangesFile), ranges);
    return [];
  });
  const calibrationCachePath = join(dirname(path.path), rangesFile);
  return { ...path, ...unquantized, modelSha256, calibrationTableSha256, recipe, calibrationCachePath };
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
    channelMeans: recipe.biasCorrection === true,
    threads: spec.threads ?? 1,
    tables: deps.calibrationTables,
    progress,
    signal: deps.signal,
  });
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
