import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isOctetError, OctetError } from '@octet/domain';
import { Graph, type Model, onnxType, saveModel, tensorToFloat32 } from '@octet/onnx';

import { badWeight } from '../arithmetic/weights.js';

import type { BatchStream } from '../dataset/batch-stream.js';
import type { FloatRunner, FloatSession, TensorMap } from '../tensor.js';
import { exposeRanges, exposeTensors } from './augment.js';
import { calibrationTensors, type Coverage } from './calibration-tensors.js';
import { addRange, addValues, emptyStatistics, notFinite, type TensorStatistics } from './statistics.js';

/**
 * Up to here the graph runs as written. Seen with text recognition on one thread: optimising takes 70 to 110 ms, and a run
 * then 25 ms instead of 32; on two threads a run takes 21 ms either way.
 */
const fewBatches = 16;

export interface CalibrationProgress {
  batch: number;
  batches: number;
  /** Milliseconds left, from the mean of the batches so far. */
  remainingMs: number;
}

export interface CollectRequest {
  /** Simplified model: weights as initialisers, BatchNorm folded. */
  model: Model;
  stream: BatchStream;
  runner: FloatRunner;
  /** False: only ranges (max calibrator), which cost far less time and memory. */
  histograms: boolean;
  /** Default `all`. */
  coverage?: Coverage;
  onProgress?: (progress: CalibrationProgress) => void;
}

/** Runs the model over the calibration data and gathers the statistics of each tensor that INT8 could touch. */
export async function collectStatistics(request: CollectRequest): Promise<Map<string, TensorStatistics>> {
  const tensors = calibrationTensors(new Graph(request.model), request.coverage);
  if (tensors.length === 0) return new Map();
  const folder = await mkdtemp(join(tmpdir(), 'octet-calibration-'));
  try {
    return request.histograms
      ? await collectHistograms(request, tensors, join(folder, 'exposed.onnx'))
      : await collectRanges(request, tensors, join(folder, 'ranges.onnx'));
  } catch (error) {
    if (isOctetError(error) && error.code === 'activation-not-finite') {
      refuseBadWeights(request.model);
      // Reductions lose NaN, so ranges tell only where it came out: the second pass names the tensor where it began.
      if (!request.histograms) await collectHistograms(request, tensors, join(folder, 'exposed.onnx'));
    }
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A NaN in a weight shows in the activations behind it: the weight is to blame then, not the data. */
function refuseBadWeights(model: Model): void {
  for (const tensor of model.graph.initializer) {
    if (onnxType(tensor.dataType) !== 'float32') continue;
    if (!tensorToFloat32(tensor, model).every(Number.isFinite)) throw badWeight(tensor.name);
  }
}

type Statistics = Map<string, TensorStatistics>;

async function collectRanges(request: CollectRequest, tensors: string[], path: string): Promise<Statistics> {
  const { model, outputs } = exposeRanges(request.model, tensors);
  const statistics = emptyTable(tensors, false);
  await eachBatch(request, model, path, (result, index) => {
    for (const [name, range] of outputs) {
      addRange(statistics.get(name)!, scalar(result, range.min), scalar(result, range.max), name, index);
    }
    // A reduction may lose a NaN, the network's outputs seldom do.
    for (const output of request.model.graph.output) checkOutput(result, output.name, index);
  });
  return statistics;
}

async function collectHistograms(request: CollectRequest, tensors: string[], path: string): Promise<Statistics> {
  const statistics = emptyTable(tensors, true);
  await eachBatch(request, exposeTensors(request.model, tensors), path, (result, index, inputs) => {
    for (const name of tensors)
      addValues(statistics.get(name)!, floats(result[name] ?? inputs[name], name), name, index);
  });
  return statistics;
}

function emptyTable(tensors: string[], histograms: boolean): Statistics {
  return new Map(tensors.map((name) => [name, emptyStatistics(histograms)]));
}

type Visit = (result: TensorMap, index: number, inputs: TensorMap) => void;

async function eachBatch(request: CollectRequest, model: Model, path: string, visit: Visit): Promise<void> {
  await saveModel(model, path);
  const session = await request.runner.open(path, { optimized: request.stream.batches > fewBatches });
  try {
    await runBatches(request, session, visit);
  } finally {
    await session.dispose();
  }
}

/** The next batch runs while one is looked at, where the runtime is a process of its own. */
async function runBatches(request: CollectRequest, session: FloatSession, visit: Visit): Promise<void> {
  const { stream } = request;
  const started = performance.now();
  let next = startBatch(session, stream, 0);
  for (let index = 0; next !== null; index++) {
    const { inputs, result } = next;
    const outputs = await result;
    next = startBatch(session, stream, index + 1);
    visit(outputs, index, inputs);
    const perBatch = (performance.now() - started) / (index + 1);
    request.onProgress?.({
      batch: index + 1,
      batches: stream.batches,
      remainingMs: perBatch * (stream.batches - index - 1),
    });
  }
}

/** null after the last batch. */
function startBatch(
  session: FloatSession,
  stream: BatchStream,
  index: number,
): { inputs: TensorMap; result: Promise<TensorMap> } | null {
  if (index >= stream.batches) return null;
  const inputs = stream.getBatch(index);
  const result = session.run(inputs);
  // Where the batch before it is refused, nobody waits for this one.
  result.catch(() => undefined);
  return { inputs, result };
}

function floats(tensor: TensorMap[string] | undefined, name: string): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new OctetError(
    'calibration-failed',
    `The runtime gave no float values for tensor "${name}". Exclude its layer.`,
  );
}

function scalar(result: TensorMap, name: string): number {
  return floats(result[name], name)[0] ?? 0;
}

function checkOutput(result: TensorMap, name: string, batch: number): void {
  const data = result[name]?.data;
  if (!(data instanceof Float32Array)) return;
  // `includes` finds NaN, at the speed of the built-in loop.
  if (data.includes(NaN)) throw notFinite(name, batch);
}
