import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { copyModel, type Model, modelBytes, valueInfo } from '../src/index.js';

/** Real, trained models out of npm packages, for specs. */
const packages = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const ocr = join(packages, '@gutenye', 'ocr-models', 'assets');
export const realModels = {
  recognition: join(ocr, 'ch_PP-OCRv4_rec_infer.onnx'),
  detection: join(ocr, 'ch_PP-OCRv4_det_infer.onnx'),
  direction: join(ocr, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
  wakeWord: join(packages, 'openwakeword-js', 'models', 'hello_deepa.onnx'),
};

/** Reproducible values in [-1, 1). */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  });
}

export function randomTensor(dims: readonly number[], seed = 1): ort.Tensor {
  return new ort.Tensor(
    'float32',
    noise(
      dims.reduce((product, dim) => product * dim, 1),
      seed,
    ),
    dims,
  );
}

/** Runs a model once in onnxruntime as it stands: no graph optimisation. */
export async function runModel(model: Model, feeds: Record<string, ort.Tensor>): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(modelBytes(model.proto), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** All tensors that the nodes make, run by onnxruntime. */
export function runAll(model: Model, feeds: Record<string, ort.Tensor>): Promise<Record<string, ort.Tensor>> {
  const copy = copyModel(model);
  const made = model.graph.node.filter((node) => node.opType !== 'Constant').flatMap((node) => node.output);
  copy.graph.valueInfo = [];
  copy.graph.output = made
    .filter((name) => name !== '')
    .map((name) => {
      const value = valueInfo({ name, shape: null });
      // A ValueInfo with a name only lets onnxruntime find the type itself.
      delete value.type;
      return value;
    });
  return runModel(copy, feeds);
}

/** Largest difference over the largest value of the expected tensor. */
export function relativeError(found: ort.Tensor, expected: ort.Tensor): number {
  const a = found.data as ArrayLike<number | bigint>;
  const b = expected.data as ArrayLike<number | bigint>;
  if (a.length !== b.length || a.length === 0) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let index = 0; index < b.length; index++) {
    difference = Math.max(difference, Math.abs(Number(a[index]) - Number(b[index])));
    largest = Math.max(largest, Math.abs(Number(b[index])));
  }
  return difference / largest;
}

/** Largest relative error over all outputs. */
export function worstError(found: Record<string, ort.Tensor>, expected: Record<string, ort.Tensor>): number {
  const errors = Object.entries(expected).map(([name, tensor]) => {
    const other = found[name];
    return other === undefined ? Infinity : relativeError(other, tensor);
  });
  return Math.max(...errors);
}
