import { OctetError } from '@octet/domain';

import type { TensorMap } from '../tensor.js';
import { checkWindow, subset, type Dataset } from './dataset.js';
import { shuffledIndices } from './random.js';

export interface BatchStreamOptions {
  batchSize: number;
  /** null: as many whole batches as the dataset holds after the first. */
  batches: number | null;
  /** Batches to skip at the start, so that calibration and evaluation can share a file. */
  firstBatch: number;
  /** Shuffles the samples before they are cut into batches; null keeps the file's order. */
  seed: number | null;
}

/** The counterpart of sampleINT8's BatchStream: `batches` batches of `batchSize` samples, each read once, in order. */
export interface BatchStream extends Iterable<TensorMap> {
  readonly batchSize: number;
  readonly batches: number;
  /** Batch number `index` (from 0) of the stream. */
  getBatch(index: number): TensorMap;
}

/** Throws OctetError `dataset-too-small` when the dataset can't fill the batches asked for. */
export function batchStream(dataset: Dataset, options: BatchStreamOptions): BatchStream {
  const { batchSize, firstBatch } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new OctetError('bad-batch-size', `A batch size of ${batchSize} makes no sense. Use a whole number from 1.`);
  }
  const available = Math.floor(dataset.count / batchSize) - firstBatch;
  const batches = options.batches ?? Math.max(1, available);
  checkWindow(dataset.count, firstBatch * batchSize, batches * batchSize);
  const { seed } = options;
  const source = seed === null ? dataset : subset(dataset, shuffledIndices(dataset.count, seed), `shuffled-${seed}`);
  const getBatch = (index: number): TensorMap => source.batch((firstBatch + index) * batchSize, batchSize);
  return {
    batchSize,
    batches,
    getBatch,
    *[Symbol.iterator]() {
      for (let i = 0; i < batches; i++) yield getBatch(i);
    },
  };
}
