import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OctetError, type QuantizationRecipe } from '@octet/domain';
import { openModel } from '@octet/engines';
import type { Model } from '@octet/onnx';
import {
  calibrate,
  calibrationTableSchema,
  type CalibrationTable,
  type Dataset,
  type FloatRunner,
} from '@octet/quantization';
import { contentKey, type ContentCache } from '../cache/content-cache.js';
import type { CalibrationTables } from '../deps.js';
import type { ProgressTeller } from '../progress.js';
import { fixedBatch } from './model-inputs.js';
import { calibrationSeed } from './trial-inputs.js';

/** Samples that a table is found from, at most. */
export const maxCalibrationSamples = 64;

/** Version of what decides a table's content besides its key's other parts. */
const tableVersion = 4;

export interface CalibrationRequest {
  modelPath: string;
  modelSha256: string;
  model: Model;
  /** Its calibrating part. */
  dataset: Dataset;
  calibrator: NonNullable<QuantizationRecipe['calibrator']>;
  /** For a recipe with corrected biases. */
  channelMeans: boolean;
  threads: number;
  tables: CalibrationTables;
  progress: ProgressTeller;
  signal: AbortSignal;
}

/**
 * The calibration table of (model, dataset, calibrator): from those that all devices share, or found now and shared. Of two
 * devices that find it at once, the table that was put first counts for both.
 *
 * @throws OctetError `bad-table`, and those of `calibrate`.
 */
export async function calibrationTable(request: CalibrationRequest): Promise<CalibrationTable> {
  const key = tableKey(request);
  const known: unknown = await request.tables.get(key);
  if (known !== null && known !== undefined) {
    request.progress.count('hits');
    return checked(known);
  }
  const found = await findTable(request);
  request.progress.count('calibrations');
  return checked(await request.tables.put(key, found));
}

function tableKey({ modelSha256, dataset, calibrator, channelMeans }: CalibrationRequest): string {
  const identity = { modelSha256, dataset: dataset.hash, calibrator, seed: calibrationSeed, tableVersion };
  return contentKey({ ...identity, samples: maxCalibrationSamples, ...(channelMeans && { channelMeans }) });
}

async function findTable(request: CalibrationRequest): Promise<CalibrationTable> {
  const { modelPath, modelSha256, dataset, calibrator, channelMeans, progress, signal, threads } = request;
  const batchSize = fixedBatch(request.model);
  const runner: FloatRunner = {
    open: (path, { optimized = true } = {}) => openModel(path, { label: 'calibration', threads, signal, optimized }),
  };
  const batches = Math.min(Math.floor(dataset.count / batchSize), Math.ceil(maxCalibrationSamples / batchSize));
  return calibrate({
    modelPath,
    modelSha256,
    dataset,
    runner,
    calibrator,
    channelMeans,
    seed: calibrationSeed,
    batchSize,
    batches: Math.max(1, batches),
    onProgress: ({ batch, batches: all, remainingMs }) =>
      progress.tell('calibrate', `batch ${batch} of ${all}`, remainingMs / 1000),
  });
}

function checked(table: unknown): CalibrationTable {
  const parsed = calibrationTableSchema.safeParse(table);
  if (parsed.success) return parsed.data;
  const message = `The shared calibration table can't be read: ${parsed.error.message} Delete it and calibrate again.`;
  throw new OctetError('bad-table', message, { cause: parsed.error });
}

const tableFile = 'table.json';

/** Tables in a folder of this machine: for `octet bench`, and before an agent asks its controller. */
export function localCalibrationTables(cache: ContentCache): CalibrationTables {
  const get = async (key: string): Promise<unknown> => {
    const found = await cache.get({ kind: 'calibration-table', key });
    return found === null ? null : (JSON.parse(await readFile(join(found.dir, tableFile), 'utf8')) as unknown);
  };
  return {
    get,
    put: async (key, table) => {
      await cache.put({ kind: 'calibration-table', key }, (dir) =>
        writeFile(join(dir, tableFile), JSON.stringify(table)),
      );
      return get(key);
    },
  };
}
