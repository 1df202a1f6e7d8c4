import { OctetError, type Calibrator } from '@octet/domain';
import { loadModel, type Model } from '@octet/onnx';

import { batchStream } from '../dataset/batch-stream.js';
import type { Dataset } from '../dataset/dataset.js';
import { prepareModel } from '../prepare-model.js';
import type { FloatRunner } from '../tensor.js';
import type { Coverage } from './calibration-tensors.js';
import { collectStatistics, type CalibrationProgress } from './collect.js';
import { checkPercentile } from './percentile.js';
import { defaultPercentile, type RangeCalibrator } from './ranges.js';
import { collectChannelMeans } from './channel-means.js';
import { tableOf, type CalibrationTable, type TableOrigin } from './table.js';

export interface CalibrateRequest {
  modelPath: string;
  modelSha256: string;
  dataset: Dataset;
  runner: FloatRunner;
  /** Order in which samples are drawn. */
  seed: number;
  /** Samples in one run; default 1. A model with a fixed batch needs that batch. */
  batchSize?: number;
  /** Batches used; null (default) for all. */
  batches?: number | null;
  /** Default `all`: the table serves implicit INT8 too. `explicit` is enough for Q/DQ models. */
  coverage?: Coverage;
  /** For the percentile calibrator; default 99.99. */
  percentile?: number;
  /** True: the table holds what recipes with `biasCorrection` need. Default false. */
  channelMeans?: boolean;
  onProgress?: (progress: CalibrationProgress) => void;
}

/**
 * Finds the ranges of a model's tensors: runs it in float over the dataset and applies the calibrator.
 * `auto` is no way to find ranges but to choose among them: see `chooseRecipe`; here it throws `calibrator-auto`.
 * Throws OctetError: `dataset-too-small`, `dataset-not-finite`, `activation-not-finite`, and what reading the model throws.
 */
export async function calibrate(request: CalibrateRequest & { calibrator: Calibrator }): Promise<CalibrationTable> {
  if (request.calibrator === 'auto') {
    throw new OctetError(
      'calibrator-auto',
      'Calibrator "auto" chooses among recipes. Use chooseRecipe, or name one calibrator.',
    );
  }
  const tables = await calibrateAll(request, [request.calibrator]);
  return tables.get(request.calibrator)!;
}

/** Tables of several calibrators from one pass over the data. */
export async function calibrateAll(
  request: CalibrateRequest,
  calibrators: readonly RangeCalibrator[],
): Promise<Map<RangeCalibrator, CalibrationTable>> {
  const model = prepareModel(await loadModel(request.modelPath));
  return calibrateModel(request, model, calibrators);
}

/** As `calibrateAll`, with the simplified model at hand. */
export async function calibrateModel(
  request: Omit<CalibrateRequest, 'modelPath'>,
  model: Model,
  calibrators: readonly RangeCalibrator[],
): Promise<Map<RangeCalibrator, CalibrationTable>> {
  const percentile = request.percentile ?? defaultPercentile;
  checkPercentile(percentile);
  const { dataset, seed } = request;
  const stream = batchStream(dataset, {
    batchSize: request.batchSize ?? 1,
    batches: request.batches ?? null,
    firstBatch: 0,
    seed,
  });
  const { runner, onProgress, coverage = 'all' } = request;
  const histograms = calibrators.some((calibrator) => calibrator !== 'max');
  const statistics = await collectStatistics({
    model,
    stream,
    runner,
    histograms,
    coverage,
    ...(onProgress && { onProgress }),
  });
  const means = request.channelMeans === true ? await collectChannelMeans({ model, stream, runner }) : null;
  const origin: TableOrigin = {
    modelSha256: request.modelSha256,
    datasetHash: dataset.hash,
    datasetSource: dataset.source,
    seed,
    samples: stream.batches * stream.batchSize,
    coverage,
  };
  return new Map(
    calibrators.map((calibrator) => [calibrator, tableOf(statistics, origin, calibrator, percentile, means)]),
  );
}
