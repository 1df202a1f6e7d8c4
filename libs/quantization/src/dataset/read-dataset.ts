import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';

import { mulberry32, OctetError } from '@octet/domain';
import { float16Bits } from '@octet/onnx';
import { unzipSync } from 'fflate';

import { elementCount, type InputSpec, type Tensor } from '../tensor.js';
import { fitToInput } from './convert.js';
import { describeInput, tableDataset, type Dataset } from './dataset.js';
import { labelPathOf, readIdx } from './idx.js';
import { readImageFolder } from './image-folder.js';
import { readNpy } from './npy.js';
import { channelValue, parsePreprocess, preprocessSchema } from './preprocess.js';
import { seededNormal } from './random.js';

export interface ReadDatasetOptions {
  /** The model's inputs: name, type and shape, -1 for dimensions without a fixed value. */
  inputs: readonly InputSpec[];
}

/**
 * Reads calibration or evaluation inputs: `.npz` (arrays named as the inputs; `labels` optional), `.npy` (one input),
 * MNIST-style IDX (plain or `.gz`; labels found by MNIST's file names; values /255 unless FILE.preprocess.json says
 * otherwise) or a folder of pictures. The first dimension counts samples.
 * Throws OctetError: `dataset-missing`, `dataset-format`, `dataset-shape`, `dataset-type`, `dataset-empty`, `bad-npy` ...
 */
export async function readDataset(path: string, options: ReadDatasetOptions): Promise<Dataset> {
  if (!existsSync(path)) {
    throw new OctetError(
      'dataset-missing',
      `There is no dataset at ${path}. Give an .npz, .npy or IDX file, or a folder.`,
    );
  }
  if (statSync(path).isDirectory()) return readImageFolder(path, options.inputs);
  const content = readFileSync(path);
  const hash = createHash('sha256').update(content).digest('hex');
  if (isIdx(path, content)) return readIdxDataset(path, content, options.inputs);
  if (content[0] === 0x93)
    return arraysDataset({ [basename(path)]: readNpy(content, basename(path)) }, options.inputs, hash);
  if (content[0] === 0x50 && content[1] === 0x4b) return arraysDataset(readNpz(content, path), options.inputs, hash);
  throw new OctetError('dataset-format', `${path} is no .npz, .npy or IDX file. Save the inputs with numpy.savez.`);
}

function isIdx(path: string, content: Uint8Array): boolean {
  if (/idx\d-ubyte|\.idx\d?(\.gz)?$/.test(path)) return true;
  return content[0] === 0 && content[1] === 0 && content[2] === 0x08;
}

/** Arrays of an .npz archive by name, without the `.npy` ending. */
export function readNpz(content: Uint8Array, path: string): Record<string, Tensor> {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(content);
  } catch (cause) {
    throw new OctetError('dataset-format', `${path} is a broken .npz archive. Copy or save it again.`, { cause });
  }
  return Object.fromEntries(
    Object.entries(entries).map(([file, bytes]) => {
      const name = file.replace(/\.npy$/, '');
      return [name, readNpy(bytes, name)];
    }),
  );
}

const labelNames = ['labels', 'label', 'y'];

function arraysDataset(arrays: Record<string, Tensor>, inputs: readonly InputSpec[], hash: string): Dataset {
  const inputNames = new Set(inputs.map((input) => input.name));
  const labelName = labelNames.find((name) => name in arrays && !inputNames.has(name));
  const rest = Object.keys(arrays).filter((name) => name !== labelName);
  const tables = inputs.map((spec) => {
    // A single array feeds a single input whatever its name is.
    const name = spec.name in arrays ? spec.name : inputs.length === 1 && rest.length === 1 ? rest[0]! : undefined;
    if (name === undefined) throw missingInput(spec, rest);
    return fitToInput(arrays[name]!, spec);
  });
  const dataset = tableDataset(tables, hash, labelName === undefined ? null : toLabels(arrays[labelName]!));
  checkLabels(dataset);
  return dataset;
}

function missingInput(spec: InputSpec, found: string[]): OctetError {
  return new OctetError(
    'dataset-shape',
    `The dataset has no array for input ${describeInput(spec)}; it has ${found.join(', ') || 'none'}. Name the arrays as the model's inputs.`,
    { details: { tensor: spec.name, found } },
  );
}

function toLabels(tensor: Tensor): Int32Array {
  return Int32Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

function checkLabels(dataset: Dataset): void {
  if (dataset.labels === null || dataset.labels.length === dataset.count) return;
  throw new OctetError(
    'dataset-labels',
    `There are ${dataset.labels.length} labels for ${dataset.count} samples. Each sample needs one.`,
  );
}

function readIdxDataset(path: string, content: Uint8Array, inputs: readonly InputSpec[]): Dataset {
  const spec = inputs[0];
  if (spec === undefined || inputs.length > 1)
    throw missingInput(spec ?? { name: '?', dataType: 'float32', dims: [] }, [basename(path)]);
  const images = readIdx(content, basename(path));
  const hash = createHash('sha256').update(content);
  const labelPath = labelPathOf(path);
  let labels: Int32Array | null = null;
  if (labelPath !== null && existsSync(labelPath)) {
    const labelContent = readFileSync(labelPath);
    hash.update(labelContent);
    labels = toLabels(readIdx(labelContent, basename(labelPath)));
  }
  const recipePath = `${path}.preprocess.json`;
  const recipe = existsSync(recipePath)
    ? parsePreprocess(readFileSync(recipePath, 'utf8'), recipePath)
    : preprocessSchema.parse({});
  hash.update(JSON.stringify(recipe));
  const data = Float32Array.from(images.data as Uint8Array, (byte) => channelValue(byte, 0, recipe));
  const tensor = spec.dataType === 'float32' ? { dataType: 'float32' as const, dims: images.dims, data } : images;
  const dataset = tableDataset([fitToInput(tensor, spec)], hash.digest('hex'), labels);
  checkLabels(dataset);
  return dataset;
}

/**
 * Made-up inputs where there is no dataset: standard normal floats, small non-negative integers. Same seed, same numbers.
 * `shapes` gives each input's concrete shape, batch included; the first dimension is replaced by `count` samples.
 */
export function randomDataset(
  inputs: readonly InputSpec[],
  shapes: Record<string, number[]>,
  seed: number,
  count: number,
): Dataset {
  const hash = createHash('sha256').update(JSON.stringify({ inputs, shapes, seed, count })).digest('hex');
  const tables = inputs.map((spec, index) => {
    const dims = shapes[spec.name] ?? spec.dims.map((dim) => Math.max(dim, 1));
    if (dims.length === 0) return { name: spec.name, tensor: randomTensor(spec, dims, seed + index), constant: true };
    return { name: spec.name, tensor: randomTensor(spec, [count, ...dims.slice(1)], seed + index), constant: false };
  });
  return tableDataset(tables, `random-${hash}`, null, 'random');
}

function randomTensor(spec: InputSpec, dims: number[], seed: number): Tensor {
  const count = elementCount(dims);
  const normal = seededNormal(seed);
  const random = mulberry32(seed);
  switch (spec.dataType) {
    case 'float32':
      return { dataType: 'float32', dims, data: Float32Array.from({ length: count }, normal) };
    case 'int64':
      return {
        dataType: 'int64',
        dims,
        data: BigInt64Array.from({ length: count }, () => BigInt(Math.floor(random() * 100))),
      };
    case 'int32':
      return { dataType: 'int32', dims, data: Int32Array.from({ length: count }, () => Math.floor(random() * 100)) };
    case 'bool':
      return { dataType: 'bool', dims, data: Uint8Array.from({ length: count }, () => (random() < 0.5 ? 0 : 1)) };
    case 'uint8':
      return { dataType: 'uint8', dims, data: Uint8Array.from({ length: count }, () => Math.floor(random() * 256)) };
    case 'int8':
      return {
        dataType: 'int8',
        dims,
        data: Int8Array.from({ length: count }, () => Math.floor(random() * 256) - 128),
      };
    case 'float16':
      return { dataType: 'float16', dims, data: Uint16Array.from({ length: count }, () => float16Bits(normal())) };
  }
}
