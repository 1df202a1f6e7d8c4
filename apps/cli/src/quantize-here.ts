import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { isDynamic, OctetError, recipeLabel, type QuantizationRecipe } from '@octet/domain';
import { hashModel, loadModel } from '@octet/onnx';
import {
  calibrate,
  chooseRecipe,
  fixedBatchOf,
  inputSpecs,
  placeWithinDrop,
  quantizeModel,
  readDataset,
  readTable,
  splitHeldOut,
  tableSha256,
  toTensorRtCache,
  writeTable,
  type CalibrationProgress,
  type CalibrationTable,
  type Dataset,
  type FloatRunner,
  type PlacementChoice,
  type QuantizationReport,
} from '@octet/quantization';
import { cpuSaturates } from './cpu-saturation.js';
import { floatRunner } from './float-runner.js';
import type { QuantizeOptions } from './quantize-options.js';

export interface QuantizeOutcome {
  report: QuantizationReport;
  recipe: QuantizationRecipe;
  tableSha256: string | null;
  /** Why this recipe, when `auto` chose; null otherwise. */
  choice: { reason: string; candidates: { label: string; score: number | null }[] } | null;
  placement: PlacementChoice | null;
}

/** What the steps of the command share. */
interface Bench {
  modelPath: string;
  modelSha256: string;
  options: QuantizeOptions;
  batchSize: number;
  dataset: Dataset | null;
  runner: FloatRunner;
  onProgress: (progress: CalibrationProgress) => void;
}

type Tell = (text: string) => void;

/** `octet quantize`: reads, calibrates (or chooses), places within the allowed drop, writes. */
export async function quantizeHere(modelPath: string, options: QuantizeOptions, tell: Tell): Promise<QuantizeOutcome> {
  const inputs = inputSpecs(await loadModel(modelPath));
  const dataset = options.dataPath === null ? null : await readDataset(options.dataPath, { inputs });
  const bench: Bench = {
    modelPath,
    modelSha256: await hashModel(modelPath),
    options,
    batchSize: options.batchSize ?? fixedBatchOf(inputs),
    dataset,
    runner: floatRunner('quantize', options.threads),
    onProgress: ({ batch, batches, remainingMs }) =>
      tell(`calibrating: batch ${batch} of ${batches}, ${(remainingMs / 1000).toFixed(0)} s left`),
  };
  const { recipe, table, choice } = await rangesOf(bench);
  const placement = await placeLayers(bench, recipe, table, tell);
  const placed = {
    ...recipe,
    exclude: [...recipe.exclude, ...(placement?.keptFloat.map((layer) => layer.name) ?? [])],
  };
  const { target, outPath, tablePath, cachePath } = options;
  const report = await quantizeModel({ modelPath, table, recipe: placed, target, outPath });
  if (table !== null && tablePath !== null && !existsSync(tablePath)) await writeTable(table, tablePath);
  if (table !== null && cachePath !== null) await writeFile(cachePath, toTensorRtCache(table));
  return { report, recipe: placed, tableSha256: table === null ? null : tableSha256(table), choice, placement };
}

interface Ranges {
  recipe: QuantizationRecipe;
  table: CalibrationTable | null;
  choice: QuantizeOutcome['choice'];
}

async function rangesOf(bench: Bench): Promise<Ranges> {
  const { options, modelPath, modelSha256, runner, onProgress, batchSize } = bench;
  const { recipe, tablePath, seed } = options;
  if (isDynamic(recipe.scheme)) return { recipe, table: null, choice: null };
  if (tablePath !== null && existsSync(tablePath)) {
    const table = await readTable(tablePath, modelSha256);
    return { recipe: { ...recipe, calibrator: table.calibrator }, table, choice: null };
  }
  const dataset = dataOf(bench);
  // A table that is kept may serve a cache later.
  const coverage = options.tablePath === null && options.cachePath === null ? ('explicit' as const) : ('all' as const);
  const shared = { modelPath, modelSha256, runner, seed, batchSize, coverage, onProgress };
  if (recipe.calibrator === 'auto') {
    const saturatingCpu = options.target === 'onnxruntime-cpu' && (await cpuSaturates());
    const found = await chooseRecipe({ ...shared, dataset, target: options.target, recipe, saturatingCpu });
    const candidates = found.candidates.map(({ recipe: tried, score }) => ({
      label: recipeLabel(tried),
      score: Number.isFinite(score) ? score : null,
    }));
    return { recipe: found.recipe, table: found.table, choice: { reason: found.reason, candidates } };
  }
  const { percentile, batches, drop } = options;
  // With a drop to hold, the held-out part must stay unseen.
  const calibration = drop === null ? dataset : splitHeldOut(dataset, seed).calibration;
  const table = await calibrate({
    ...shared,
    dataset: calibration,
    calibrator: recipe.calibrator ?? 'max',
    percentile,
    batches,
  });
  return { recipe, table, choice: null };
}

function dataOf({ dataset, options }: Bench): Dataset {
  if (dataset !== null) return dataset;
  throw new OctetError(
    'dataset-missing',
    `Scheme ${options.recipe.scheme} needs ranges: give --data, or --table with a table that was found before.`,
  );
}

async function placeLayers(
  bench: Bench,
  recipe: QuantizationRecipe,
  table: CalibrationTable | null,
  tell: Tell,
): Promise<PlacementChoice | null> {
  const { options, modelPath, runner, batchSize } = bench;
  if (options.drop === null) return null;
  const { heldOut } = splitHeldOut(dataOf(bench), options.seed);
  if (options.drop.metric !== 'cosine' && heldOut.labels === null) {
    throw new OctetError(
      'option-invalid',
      `--metric ${options.drop.metric} needs labels in the dataset: use --metric cosine.`,
    );
  }
  const onProgress = (done: number, total: number): void => tell(`sensitivity: layer ${done} of ${total}`);
  const request = { modelPath, table, recipe, target: options.target, runner, dataset: heldOut, batchSize, onProgress };
  return placeWithinDrop(request, options.drop);
}
