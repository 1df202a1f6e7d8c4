import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isDynamic, OctetError, recipeLabel, type QuantizationRecipe } from '@octet/domain';
import { hashModel, loadModel, type Model } from '@octet/onnx';
import {
  calibrate,
  chooseRecipe,
  fixedBatchOf,
  fromTensorRtCache,
  inputSpecs,
  isExcluded,
  placeWithinDrop,
  quantizeModel,
  readDataset,
  readTable,
  splitHeldOut,
  tableFromCache,
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
  modelSha256: string;
  recipe: QuantizationRecipe;
  tableSha256: string | null;
  /** Where the ranges come from; null for dynamic schemes. */
  calibration: CalibrationOrigin | null;
  /** Why this recipe, when `auto` chose; null otherwise. */
  choice: { reason: string; candidates: { label: string; score: number | null }[] } | null;
  placement: PlacementChoice | null;
}

export type CalibrationOrigin = Pick<
  CalibrationTable,
  'calibrator' | 'percentile' | 'datasetHash' | 'seed' | 'samples'
> & { tensors: number };

function originOf(table: CalibrationTable): CalibrationOrigin {
  const { calibrator, percentile, datasetHash, seed, samples, tensors } = table;
  return { calibrator, percentile, datasetHash, seed, samples, tensors: Object.keys(tensors).length };
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
  const model = await loadModel(modelPath);
  checkExclusions(model, options.recipe.exclude);
  const inputs = inputSpecs(model);
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
  const written = await quantizeModel({ modelPath, table, recipe: placed, target, outPath });
  const report = withDropReasons(written, placement);
  if (table !== null && tablePath !== null && !existsSync(tablePath)) await writeTable(table, tablePath);
  if (table !== null && cachePath !== null) await writeFile(cachePath, toTensorRtCache(table));
  return {
    report,
    modelSha256: bench.modelSha256,
    recipe: placed,
    tableSha256: table === null ? null : tableSha256(table),
    calibration: table === null ? null : originOf(table),
    choice,
    placement,
  };
}

/** Layers that the drop keeps in float are excluded like those that the user named: say which is which. */
function withDropReasons(report: QuantizationReport, placement: PlacementChoice | null): QuantizationReport {
  const kept = new Set(placement?.keptFloat.map(({ name }) => name));
  const reason = 'kept in float to hold --max-drop';
  return { ...report, left: report.left.map((layer) => (kept.has(layer.name) ? { ...layer, reason } : layer)) };
}

/** A name that fits nothing would leave out nothing, in silence. */
function checkExclusions(model: Model, exclude: readonly string[]): void {
  const unknown = exclude.filter((name) => !model.graph.node.some((node) => isExcluded(node, [name])));
  if (unknown.length === 0) return;
  throw new OctetError(
    'option-invalid',
    `--exclude: the model has no node, output or operator type called "${unknown[0]}". octet models inspect MODEL.onnx --json lists them.`,
  );
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
    const table = await readRanges(tablePath, modelSha256);
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
    channelMeans: recipe.biasCorrection === true,
    calibrator: recipe.calibrator ?? 'max',
    percentile,
    batches,
  });
  return { recipe, table, choice: null };
}

/** A calibration table, or a TensorRT calibration cache of the same model (which names no model that could be checked). */
async function readRanges(path: string, modelSha256: string): Promise<CalibrationTable> {
  const text = await readFile(path, 'utf8');
  if (!text.startsWith('TRT-')) return readTable(path, modelSha256);
  return tableFromCache(fromTensorRtCache(text), modelSha256, createHash('sha256').update(text).digest('hex'));
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
