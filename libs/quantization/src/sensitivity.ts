import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { QuantizationRecipe } from '@octet/domain';
import { loadModel, type Model } from '@octet/onnx';

import type { AccuracyReport } from './accuracy/evaluate.js';
import { compareWithReference, runReference, type ReferenceOutputs } from './accuracy/reference-outputs.js';
import type { CalibrationTable } from './calibration/table.js';
import type { Dataset } from './dataset/dataset.js';
import { prepareModel } from './prepare-model.js';
import { quantizeModel } from './rewrite/quantize-model.js';
import type { QuantizationTarget } from './rewrite/quantize-static.js';
import type { FloatRunner } from './tensor.js';

export interface SensitivityRequest {
  modelPath: string;
  /** null for dynamic schemes. */
  table: CalibrationTable | null;
  recipe: QuantizationRecipe;
  target: QuantizationTarget;
  runner: FloatRunner;
  /** Inputs the calibration did not see. */
  dataset: Dataset;
  batchSize?: number;
  onProgress?: (done: number, total: number) => void;
}

/** What one layer does to the outputs when it alone is quantised. */
export interface LayerSensitivity {
  name: string;
  /** SQNR of the outputs, dB: the lower, the more this layer hurts. */
  sqnrDb: number;
}

/** A model at hand with its float outputs, to try one set of exclusions after another. */
export class ExclusionTrial {
  readonly #request: SensitivityRequest;
  readonly #model: Model;
  readonly #reference: ReferenceOutputs;
  readonly #folder: string;

  private constructor(request: SensitivityRequest, model: Model, reference: ReferenceOutputs, folder: string) {
    this.#request = request;
    this.#model = model;
    this.#reference = reference;
    this.#folder = folder;
  }

  static async open(request: SensitivityRequest): Promise<ExclusionTrial> {
    const model = prepareModel(await loadModel(request.modelPath));
    const reference = await runReference(request.runner, request.modelPath, request.dataset, request.batchSize ?? 1);
    return new ExclusionTrial(request, model, reference, await mkdtemp(join(tmpdir(), 'octet-sensitivity-')));
  }

  /** Quantises with these layers left out and compares with the float model. */
  async measure(exclude: readonly string[]): Promise<{ accuracy: AccuracyReport; targets: string[] }> {
    const { table, recipe, target, runner } = this.#request;
    const outPath = join(this.#folder, 'candidate.onnx');
    const tried = { ...recipe, exclude: [...recipe.exclude, ...exclude] };
    const report = await quantizeModel({ model: this.#model, prepared: true, table, recipe: tried, target, outPath });
    return { accuracy: await compareWithReference(runner, outPath, this.#reference), targets: report.targets };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Ranks the layers by the error each adds when it alone is quantised, worst first (as Intel Neural Compressor's and
 * Olive's tuning do). One run over the dataset for each layer.
 */
export async function rankSensitivity(request: SensitivityRequest): Promise<LayerSensitivity[]> {
  const trial = await ExclusionTrial.open(request);
  try {
    const { targets } = await trial.measure([]);
    return await rankWith(trial, targets, request.onProgress);
  } finally {
    await trial.close();
  }
}

async function rankWith(
  trial: ExclusionTrial,
  targets: readonly string[],
  onProgress: SensitivityRequest['onProgress'],
): Promise<LayerSensitivity[]> {
  const ranked: LayerSensitivity[] = [];
  for (const name of targets) {
    const { accuracy } = await trial.measure(targets.filter((other) => other !== name));
    ranked.push({ name, sqnrDb: accuracy.overall.sqnrDb });
    onProgress?.(ranked.length, targets.length);
  }
  return ranked.toSorted((a, b) => finite(a.sqnrDb) - finite(b.sqnrDb));
}

const finite = (db: number): number => (Number.isNaN(db) ? -1e9 : Math.min(1e9, Math.max(-1e9, db)));

/**
 * What must hold: an upper limit on the drop from float. `top1` and `top5` as shares (0.01 = one point), `cosine` as
 * 1 - cosine.
 */
export interface DropBudget {
  metric: 'top1' | 'top5' | 'cosine';
  maxDrop: number;
}

export interface PlacementChoice {
  /** Layers kept in float, in the order in which they were taken out, with what each alone did to the outputs. */
  keptFloat: LayerSensitivity[];
  accuracy: AccuracyReport;
  drop: number;
  /** False: the budget does not hold even with every layer in float (then nothing is quantised). */
  holds: boolean;
  targets: string[];
}

/** Drop of an accuracy report under a budget's metric; labels are needed for top-k (NaN without). */
export function dropOf(accuracy: AccuracyReport, metric: DropBudget['metric']): number {
  const { labelled } = accuracy;
  if (metric === 'cosine') return 1 - accuracy.overall.cosine;
  if (labelled === null) return Number.NaN;
  return metric === 'top1'
    ? labelled.referenceTop1.value - labelled.top1.value
    : labelled.referenceTop5.value - labelled.top5.value;
}

/**
 * Keeps the worst layers in float until the budget holds: layers are ranked once, then taken out in growing numbers; the
 * least number is found by bisection, since each layer taken out can be assumed to help (the result itself is measured,
 * never assumed).
 */
export async function placeWithinDrop(request: SensitivityRequest, budget: DropBudget): Promise<PlacementChoice> {
  const trial = await ExclusionTrial.open(request);
  try {
    const whole = await trial.measure([]);
    const drop = dropOf(whole.accuracy, budget.metric);
    if (drop <= budget.maxDrop || whole.targets.length === 0) return choiceOf([], whole, budget);
    const ranked = await rankWith(trial, whole.targets, request.onProgress);
    return await bisect(trial, ranked, budget);
  } finally {
    await trial.close();
  }
}

type Measured = Awaited<ReturnType<ExclusionTrial['measure']>>;

async function bisect(trial: ExclusionTrial, ranked: LayerSensitivity[], budget: DropBudget): Promise<PlacementChoice> {
  const measure = async (count: number): Promise<PlacementChoice> => {
    const kept = ranked.slice(0, count);
    return choiceOf(kept, await trial.measure(kept.map((layer) => layer.name)), budget);
  };
  let low = 1;
  let high = ranked.length;
  let best = await measure(high);
  while (low < high && best.holds) {
    const middle = (low + high) >> 1;
    const choice = await measure(middle);
    if (choice.holds) [high, best] = [middle, choice];
    else low = middle + 1;
  }
  return best;
}

function choiceOf(keptFloat: LayerSensitivity[], measured: Measured, budget: DropBudget): PlacementChoice {
  const drop = dropOf(measured.accuracy, budget.metric);
  return { keptFloat, accuracy: measured.accuracy, drop, holds: drop <= budget.maxDrop, targets: measured.targets };
}
