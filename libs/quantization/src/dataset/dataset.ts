import { OctetError } from '@octet/domain';

import { elementCount, type InputSpec, type Tensor, type TensorMap } from '../tensor.js';
import { shuffledIndices } from './random.js';

/** Inputs of a model, sample by sample, content-addressed; labels where the source has them. */
export interface Dataset {
  readonly count: number;
  /** SHA-256 of the content (hex). */
  readonly hash: string;
  readonly inputNames: readonly string[];
  /** Class index of each sample. */
  readonly labels: Int32Array | null;
  /** `random`: made up, so accuracy on it means nothing. */
  readonly source: 'file' | 'random';
  /**
   * Samples [from, from + size) as one batch for each input. Throws OctetError `dataset-too-small` beyond the end and
   * `dataset-not-finite` (naming tensor and batch) for NaN or infinity.
   */
  batch(from: number, size: number): TensorMap;
}

/** All samples of one input: dims[0] is the sample dimension; a constant input is the same for every batch. */
export interface SampleTable {
  name: string;
  tensor: Tensor;
  constant: boolean;
}

/** A dataset over whole arrays in memory. */
export function tableDataset(
  tables: SampleTable[],
  hash: string,
  labels: Int32Array | null,
  source: Dataset['source'] = 'file',
): Dataset {
  const count = sampleCount(tables);
  return {
    count,
    hash,
    labels,
    source,
    inputNames: tables.map((table) => table.name),
    batch(from, size) {
      checkWindow(count, from, size);
      const batch: TensorMap = {};
      for (const table of tables) batch[table.name] = table.constant ? table.tensor : slice(table.tensor, from, size);
      checkFinite(batch, Math.floor(from / size));
      return batch;
    },
  };
}

function sampleCount(tables: SampleTable[]): number {
  if (tables.length === 0) {
    throw new OctetError(
      'no-inputs',
      'The model has no inputs: every run computes the same, so there is nothing to calibrate or to judge. Export it with its data as inputs of the graph.',
    );
  }
  const varying = tables.filter((table) => !table.constant);
  const first = varying[0];
  if (first === undefined || first.tensor.dims[0] === 0) throw emptyDataset();
  for (const table of varying) {
    if (table.tensor.dims[0] !== first.tensor.dims[0]) {
      throw new OctetError(
        'dataset-shape',
        `Input "${table.name}" has ${table.tensor.dims[0]} samples, but "${first.name}" has ${first.tensor.dims[0]}. Every input needs the same number.`,
      );
    }
  }
  return first.tensor.dims[0]!;
}

export function emptyDataset(): OctetError {
  return new OctetError('dataset-empty', 'The dataset holds no samples. Give at least one batch of inputs.');
}

function slice(tensor: Tensor, from: number, size: number): Tensor {
  const width = elementCount(tensor.dims.slice(1));
  return {
    dataType: tensor.dataType,
    dims: [size, ...tensor.dims.slice(1)],
    data: tensor.data.slice(from * width, (from + size) * width) as Tensor['data'],
  };
}

export function checkWindow(count: number, from: number, size: number): void {
  if (size >= 1 && from >= 0 && from + size <= count) return;
  throw new OctetError(
    'dataset-too-small',
    `The dataset holds ${count} samples, but samples ${from} to ${from + size - 1} were asked for. Use a smaller batch, fewer batches or more data.`,
    { details: { count, from, size } },
  );
}

/** Throws `dataset-not-finite` naming the tensor and the batch. */
export function checkFinite(batch: TensorMap, index: number): void {
  for (const [name, tensor] of Object.entries(batch)) {
    if (tensor.dataType !== 'float32') continue;
    const data = tensor.data as Float32Array;
    for (let i = 0; i < data.length; i++) {
      if (Number.isFinite(data[i])) continue;
      throw new OctetError(
        'dataset-not-finite',
        `Input "${name}" holds ${data[i]} in batch ${index} (element ${i}). Remove or repair that sample.`,
        { details: { tensor: name, batch: index, element: i } },
      );
    }
  }
}

/** A view on some samples of a dataset, in the given order. */
export function subset(dataset: Dataset, indices: Int32Array, tag: string): Dataset {
  if (indices.length === 0) throw emptyDataset();
  return {
    count: indices.length,
    hash: `${dataset.hash}/${tag}`,
    source: dataset.source,
    inputNames: dataset.inputNames,
    labels: dataset.labels === null ? null : Int32Array.from(indices, (i) => dataset.labels![i]!),
    batch(from, size) {
      checkWindow(indices.length, from, size);
      const single = Array.from(indices.subarray(from, from + size), (i) => dataset.batch(i, 1));
      return stack(single);
    },
  };
}

/** Batches of one sample each, joined along the first dimension. */
function stack(samples: TensorMap[]): TensorMap {
  if (samples.length === 1) return samples[0]!;
  const result: TensorMap = {};
  for (const [name, first] of Object.entries(samples[0]!)) {
    if (samples[1]![name]!.data === first.data) {
      result[name] = first;
      continue;
    }
    const parts = samples.map((sample) => sample[name]!);
    const data = new (first.data.constructor as Float32ArrayConstructor)(first.data.length * parts.length);
    parts.forEach((part, i) => data.set(part.data as Float32Array, i * first.data.length));
    result[name] = { dataType: first.dataType, dims: [parts.length, ...first.dims.slice(1)], data };
  }
  return result;
}

export interface HeldOutSplit {
  calibration: Dataset;
  heldOut: Dataset;
  /** True with a single sample: both parts are the same, and accuracy on it flatters. */
  overlaps: boolean;
}

/** A seeded split: `share` of the samples (at least one) is held out for choosing and judging, the rest calibrates. */
export function splitHeldOut(dataset: Dataset, seed: number, share = 0.25): HeldOutSplit {
  if (dataset.count === 1) return { calibration: dataset, heldOut: dataset, overlaps: true };
  const order = shuffledIndices(dataset.count, seed);
  const held = Math.min(dataset.count - 1, Math.max(1, Math.round(dataset.count * share)));
  return {
    calibration: subset(dataset, order.subarray(held), `calibration-${seed}-${share}`),
    heldOut: subset(dataset, order.subarray(0, held), `held-out-${seed}-${share}`),
    overlaps: false,
  };
}

/** Inputs of a model are described by name, for messages. */
export function describeInput(spec: InputSpec): string {
  return `${spec.name}: ${spec.dataType}[${spec.dims.map((dim) => (dim < 0 ? 'N' : dim)).join(',')}]`;
}
