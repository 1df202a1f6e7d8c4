import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type AccuracyBudget, isDynamic, OctetError, type QuantizationRecipe, recipeLabel } from '@octet/domain';
import { loadModel, type Model } from '@octet/onnx';

import type { AccuracyReport } from './accuracy/evaluate.js';
import { compareWithReference, runReference, type ReferenceOutputs } from './accuracy/reference-outputs.js';
import { calibrateModel } from './calibration/calibrate.js';
import type { Coverage } from './calibration/calibration-tensors.js';
import type { CalibrationProgress } from './calibration/collect.js';
import type { RangeCalibrator } from './calibration/ranges.js';
import type { CalibrationTable } from './calibration/table.js';
import { splitHeldOut, type Dataset } from './dataset/dataset.js';
import { prepareModel } from './prepare-model.js';
import { quantizeModel } from './rewrite/quantize-model.js';
import type { QuantizationTarget } from './rewrite/quantize-static.js';
import type { FloatRunner } from './tensor.js';

export interface ChooseRequest {
  modelPath: string;
  modelSha256: string;
  dataset: Dataset;
  runner: FloatRunner;
  target: QuantizationTarget;
  seed: number;
  batchSize?: number;
  /** Of the table; default `all`. */
  coverage?: Coverage;
  /** What is given; `calibrator: 'auto'` lets the chooser try them all. */
  recipe: QuantizationRecipe;
  /**
   * True on CPUs whose INT8 kernels add pairs of u8 x s8 products in int16 (x86 without VNNI): 7-bit weights are tried as
   * well. They must run on such a CPU to show what they gain.
   */
  saturatingCpu: boolean;
  /** Judges by labels where the budget does; SQNR otherwise. */
  metric?: AccuracyBudget['metric'];
  onProgress?: (progress: CalibrationProgress) => void;
}

export interface RecipeCandidate {
  recipe: QuantizationRecipe;
  label: string;
  accuracy: AccuracyReport;
  /** What candidates are ranked by: SQNR in dB, or a share. */
  score: number;
}

export interface RecipeChoice {
  recipe: QuantizationRecipe;
  table: CalibrationTable;
  /** Best first. */
  candidates: RecipeCandidate[];
  metric: 'sqnr' | 'top1' | 'top5';
  /** Inputs on which the choice rests; the calibration did not see them unless `overlaps`. */
  heldOutInputs: number;
  overlaps: boolean;
  /** A sentence: which, and by how much over the next and over max calibration. */
  reason: string;
}

const calibrators: readonly RangeCalibrator[] = ['max', 'percentile', 'entropy', 'mse'];

/** How many of the best are tried with corrected biases too. */
const correctedCandidates = 2;

/**
 * Tries the calibrators (and 7-bit weights where they could help) on held-out inputs, then the best two with corrected biases
 * (unless the recipe says whether biases are corrected), and takes the best. One pass over the calibration part serves all
 * ranges, another the corrections. Ties go to the earlier: max before percentile, entropy and MSE, 8 bits before 7, biases as
 * they are before corrected ones.
 * Throws OctetError `recipe-unsupported` for dynamic schemes, which have nothing to choose.
 */
export async function chooseRecipe(request: ChooseRequest): Promise<RecipeChoice> {
  if (isDynamic(request.recipe.scheme)) {
    throw new OctetError(
      'recipe-unsupported',
      `Scheme ${request.recipe.scheme} needs no calibrator: there is nothing to choose.`,
    );
  }
  const split = splitHeldOut(request.dataset, request.seed);
  const model = prepareModel(await loadModel(request.modelPath));
  const { onProgress, batchSize = 1 } = request;
  const calibration = {
    modelSha256: request.modelSha256,
    dataset: split.calibration,
    runner: request.runner,
    seed: request.seed,
    batchSize,
    channelMeans: request.recipe.biasCorrection !== false,
    ...(request.coverage && { coverage: request.coverage }),
    ...(onProgress && { onProgress }),
  };
  const wanted =
    request.recipe.calibrator === 'auto' || request.recipe.calibrator === null
      ? calibrators
      : [request.recipe.calibrator];
  const tables = await calibrateModel(calibration, model, wanted);
  const reference = await runReference(request.runner, request.modelPath, split.heldOut, batchSize);
  const metric = metricOf(request, reference);
  const candidates = await tryAll(request, model, tables, reference, metric);
  const best = candidates[0]!;
  return {
    recipe: best.recipe,
    table: tables.get(best.recipe.calibrator as RangeCalibrator)!,
    candidates,
    metric,
    heldOutInputs: split.heldOut.count,
    overlaps: split.overlaps,
    reason: describe(candidates, metric, split.heldOut.count),
  };
}

function metricOf(request: ChooseRequest, reference: ReferenceOutputs): RecipeChoice['metric'] {
  const wanted = request.metric;
  return reference.dataset.labels !== null && (wanted === 'top1' || wanted === 'top5') ? wanted : 'sqnr';
}

async function tryAll(
  request: ChooseRequest,
  model: Model,
  tables: ReadonlyMap<RangeCalibrator, CalibrationTable>,
  reference: ReferenceOutputs,
  metric: RecipeChoice['metric'],
): Promise<RecipeCandidate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'octet-choose-'));
  const outPath = join(folder, 'candidate.onnx');
  const candidateOf = async (recipe: QuantizationRecipe): Promise<RecipeCandidate> => {
    const table = tables.get(recipe.calibrator as RangeCalibrator)!;
    await quantizeModel({ model, prepared: true, table, recipe, target: request.target, outPath });
    const accuracy = await compareWithReference(request.runner, outPath, reference);
    return { recipe, label: recipeLabel(recipe), accuracy, score: scoreOf(accuracy, metric) };
  };
  try {
    const found: RecipeCandidate[] = [];
    for (const recipe of recipesToTry(request, [...tables.keys()])) found.push(await candidateOf(recipe));
    if (request.recipe.biasCorrection === undefined && holdMeans(tables)) {
      for (const { recipe } of bestFirst(found).slice(0, correctedCandidates)) {
        found.push(await candidateOf({ ...recipe, biasCorrection: true }));
      }
    }
    return bestFirst(found);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function recipesToTry(request: ChooseRequest, tried: readonly RangeCalibrator[]): QuantizationRecipe[] {
  const bits =
    request.saturatingCpu && request.recipe.weightBits === 8 ? ([8, 7] as const) : [request.recipe.weightBits];
  return bits.flatMap((weightBits) => tried.map((calibrator) => ({ ...request.recipe, calibrator, weightBits })));
}

/** False for a model without a layer whose bias could be corrected. */
function holdMeans(tables: ReadonlyMap<RangeCalibrator, CalibrationTable>): boolean {
  return [...tables.values()].some(({ channelMeans = {} }) => Object.keys(channelMeans).length > 0);
}

function bestFirst(candidates: readonly RecipeCandidate[]): RecipeCandidate[] {
  return candidates.toSorted((a, b) => rank(b.score) - rank(a.score) || 0);
}

/** NaN (a broken candidate) comes last; infinities (equal outputs) are equal. */
function rank(score: number): number {
  return Number.isNaN(score) ? -1e300 : Math.min(1e300, Math.max(-1e300, score));
}

function scoreOf(accuracy: AccuracyReport, metric: RecipeChoice['metric']): number {
  return metric === 'sqnr' ? accuracy.overall.sqnrDb : (accuracy.labelled?.[metric].value ?? Number.NaN);
}

function describe(candidates: readonly RecipeCandidate[], metric: RecipeChoice['metric'], inputs: number): string {
  const best = candidates[0]!;
  const show = (score: number): string =>
    metric === 'sqnr' ? `${score.toFixed(1)} dB` : `${(100 * score).toFixed(2)} %`;
  const lead = (other: RecipeCandidate): string => {
    const gain = best.score - other.score;
    // Both infinite (exact), or the other no number at all (its outputs are NaN).
    if (Number.isNaN(gain)) return Number.isNaN(other.score) ? `${other.label} is broken` : `as good as ${other.label}`;
    return Number.isFinite(gain) ? `${show(gain)} above ${other.label}` : `better than ${other.label}`;
  };
  const reached =
    best.score === Infinity ? 'equal to float' : `${show(best.score)} ${metric === 'sqnr' ? 'SQNR' : metric}`;
  const parts = [`${best.label}: ${reached} on ${inputs} held-out inputs`];
  const next = candidates[1];
  if (next !== undefined) parts.push(lead(next));
  const plain = candidates.find(
    ({ recipe }) => recipe.calibrator === 'max' && recipe.weightBits === 8 && recipe.biasCorrection !== true,
  );
  if (plain !== undefined && plain !== best && plain !== next) parts.push(lead(plain));
  return `${parts.join(', ')}.`;
}
