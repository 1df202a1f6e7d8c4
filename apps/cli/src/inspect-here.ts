import { inspectModel, loadModel, type Model, type ModelInfo } from '@octet/onnx';
import {
  activationStatistics,
  batchStream,
  collectStatistics,
  fixedBatchOf,
  histogramText,
  inputSpecs,
  prepareModel,
  readDataset,
  weightStatistics,
  type TensorSummary,
} from '@octet/quantization';
import { floatRunner, threadsOf, wholeNumber } from './float-runner.js';

export interface Inspected {
  info: ModelInfo;
  /** null unless asked for. */
  weights: TensorSummary[] | null;
  activations: TensorSummary[] | null;
  draw: (counts: readonly number[]) => string;
}

/** Reads a model on this machine; with data, runs it to see its activations (names are those of the simplified model). */
export async function inspectHere(
  path: string,
  options: { weights?: boolean; data?: string; batches: string; threads?: string },
): Promise<Inspected> {
  const model = await loadModel(path);
  const weights = options.weights === true ? weightStatistics(prepareModel(model)) : null;
  const activations = options.data === undefined ? null : await activationsOf(path, { ...options, data: options.data });
  return { info: inspectModel(model, { shapes: singleSamples(model) }), weights, activations, draw: histogramText };
}

/** Batch 1 where the batch alone is dynamic, so that MACs can be told. */
function singleSamples(model: Model): Record<string, number[]> {
  const open = inputSpecs(model).filter(({ dims }) => dims[0] === -1 && dims.slice(1).every((dim) => dim >= 0));
  return Object.fromEntries(open.map(({ name, dims }) => [name, [1, ...dims.slice(1)]]));
}

async function activationsOf(
  path: string,
  options: { data: string; batches: string; threads?: string },
): Promise<TensorSummary[]> {
  const model = await loadModel(path);
  const inputs = inputSpecs(model);
  const dataset = await readDataset(options.data, { inputs });
  const batchSize = fixedBatchOf(inputs);
  const batches = Math.min(
    wholeNumber('--batches', options.batches, 1),
    Math.max(1, Math.floor(dataset.count / batchSize)),
  );
  const stream = batchStream(dataset, { batchSize, batches, firstBatch: 0, seed: null });
  const runner = floatRunner('inspect', threadsOf(options.threads));
  return activationStatistics(
    await collectStatistics({ model: prepareModel(model), stream, runner, histograms: true }),
  );
}
