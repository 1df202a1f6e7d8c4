import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type QuantizationRecipe, recipeDefaults, recipeLabel, type Scheme } from '@octet/domain';
import { hashModel, loadModel, type Model, saveModel } from '@octet/onnx';

import { compareWithReference, runReference, type ReferenceOutputs } from '../accuracy/reference-outputs.js';
import { argMax, scoreOutput, scoreRows, type Share } from '../accuracy/top-k.js';
import { collectStatistics } from '../calibration/collect.js';
import { defaultPercentile, type RangeCalibrator } from '../calibration/ranges.js';
import type { TensorStatistics } from '../calibration/statistics.js';
import { tableOf, type CalibrationTable } from '../calibration/table.js';
import { batchStream } from '../dataset/batch-stream.js';
import type { Dataset } from '../dataset/dataset.js';
import { prepareModel } from '../prepare-model.js';
import { quantizeModel } from '../rewrite/quantize-model.js';
import type { FloatRunner } from '../tensor.js';
import { bitRanges, simulateBits } from './low-bits.js';

export interface MnistRequest {
  modelPath: string;
  /** Digits the network was trained on: they calibrate. */
  calibration: Dataset;
  /** Labelled digits the network never saw. */
  heldOut: Dataset;
  runner: FloatRunner;
  seed: number;
  onProgress?: (step: string) => void;
}

export interface MnistRow {
  label: string;
  scheme: Scheme | 'fp32';
  calibrator: RangeCalibrator | null;
  top1: Share;
  /** Share of digits that INT8 names as FP32 does; null for FP32 itself. */
  agreement: Share | null;
  sqnrDb: number | null;
  cosine: number | null;
}

export interface RobustnessRow {
  bits: number;
  top1: Share;
  /** What the network makes of the one shown digit. */
  shown: { predicted: number; label: number };
}

export interface MnistStory {
  digits: number;
  rows: MnistRow[];
  /** Weights and activations at 8, 4, 2 and 1 bits (simulated in float). */
  robustness: RobustnessRow[];
}

const calibrators: readonly RangeCalibrator[] = ['max', 'percentile', 'entropy', 'mse'];
const staticSchemes: readonly Scheme[] = ['static-symmetric', 'static-asymmetric'];
const dynamicSchemes: readonly Scheme[] = ['dynamic-symmetric', 'dynamic-asymmetric'];
const batchSize = 100;

/**
 * The story of sampleINT8: calibrate on training digits, then FP32 against INT8 on held-out digits, for every scheme and
 * calibrator on ONNX Runtime's CPU provider, and the network at fewer and fewer bits.
 */
export async function mnistStory(request: MnistRequest): Promise<MnistStory> {
  const { modelPath, heldOut, runner } = request;
  const model = prepareModel(await loadModel(modelPath));
  const { statistics, tables } = await calibrateOnDigits(request, model);
  const reference = await runReference(runner, modelPath, heldOut, Math.min(batchSize, heldOut.count));
  const folder = await mkdtemp(join(tmpdir(), 'octet-mnist-'));
  try {
    const rows = await schemeRows(request, { model, statistics, tables, reference, folder });
    const robustness = await robustnessRows(request, { model, statistics, tables, reference, folder });
    return { digits: heldOut.count, rows: [floatRow(rows), ...rows.map((row) => row.shown)], robustness };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function calibrateOnDigits(request: MnistRequest, model: Model): Promise<Pick<Bed, 'statistics' | 'tables'>> {
  const { calibration, runner, seed } = request;
  const size = Math.min(batchSize, calibration.count);
  const stream = batchStream(calibration, { batchSize: size, batches: null, firstBatch: 0, seed });
  const statistics = await collectStatistics({ model, stream, runner, histograms: true });
  const origin = {
    modelSha256: await hashModel(request.modelPath),
    datasetHash: calibration.hash,
    datasetSource: calibration.source,
    seed,
    samples: stream.batches * size,
    coverage: 'all' as const,
  };
  const tables = new Map(calibrators.map((name) => [name, tableOf(statistics, origin, name, defaultPercentile)]));
  return { statistics, tables };
}

interface Bed {
  model: Model;
  statistics: ReadonlyMap<string, TensorStatistics>;
  tables: ReadonlyMap<RangeCalibrator, CalibrationTable>;
  reference: ReferenceOutputs;
  folder: string;
}

interface SchemeRow {
  shown: MnistRow;
  float: Share;
}

async function schemeRows(request: MnistRequest, bed: Bed): Promise<SchemeRow[]> {
  const rows: SchemeRow[] = [];
  for (const scheme of staticSchemes) {
    for (const calibrator of calibrators)
      rows.push(await schemeRow(request, bed, { ...recipeDefaults, scheme, calibrator }));
  }
  for (const scheme of dynamicSchemes)
    rows.push(await schemeRow(request, bed, { ...recipeDefaults, scheme, calibrator: null }));
  return rows;
}

async function schemeRow(request: MnistRequest, bed: Bed, recipe: QuantizationRecipe): Promise<SchemeRow> {
  const label = recipeLabel(recipe);
  request.onProgress?.(label);
  const calibrator = recipe.calibrator as RangeCalibrator | null;
  const outPath = join(bed.folder, 'int8.onnx');
  const table = calibrator === null ? null : bed.tables.get(calibrator)!;
  await quantizeModel({ model: bed.model, prepared: true, table, recipe, target: 'onnxruntime-cpu', outPath });
  const { labelled, agreement, overall } = await compareWithReference(request.runner, outPath, bed.reference);
  const { sqnrDb, cosine } = overall;
  const shown = { label, scheme: recipe.scheme, calibrator, top1: labelled!.top1, agreement, sqnrDb, cosine };
  return { shown, float: labelled!.referenceTop1 };
}

function floatRow(rows: readonly SchemeRow[]): MnistRow {
  return {
    label: 'fp32',
    scheme: 'fp32',
    calibrator: null,
    top1: rows[0]!.float,
    agreement: null,
    sqnrDb: null,
    cosine: null,
  };
}

async function robustnessRows(request: MnistRequest, bed: Bed): Promise<RobustnessRow[]> {
  const rows: RobustnessRow[] = [];
  for (const bits of [8, 4, 2, 1]) {
    request.onProgress?.(`${bits} bits`);
    const path = join(bed.folder, `bits-${bits}.onnx`);
    await saveModel(simulateBits(bed.model, bitRanges(bed.statistics, bits), bits), path);
    const { labelled } = await compareWithReference(request.runner, path, bed.reference);
    rows.push({ bits, top1: labelled!.top1, shown: await firstDigit(request, path) });
  }
  return rows;
}

async function firstDigit(request: MnistRequest, path: string): Promise<RobustnessRow['shown']> {
  const session = await request.runner.open(path);
  try {
    const outputs = await session.run(request.heldOut.batch(0, 1));
    return { predicted: argMax(scoreRows(scoreOutput(outputs))[0]!), label: request.heldOut.labels![0]! };
  } finally {
    await session.dispose();
  }
}
