import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isOctetError, OctetError } from '@octet/domain';
import { Graph, type Model, onnxType, saveModel, tensorToFloat32 } from '@octet/onnx';
import type { ValueInfoProto } from 'onnx-buf';

import { badWeight } from '../arithmetic/weights.js';
import type { BatchStream } from '../dataset/batch-stream.js';
import { joinBatches } from '../dataset/join-batches.js';
import type { FloatRunner, FloatSession, TensorMap } from '../tensor.js';
import { exposeRanges, exposeTensors } from './augment.js';
import { calibrationTensors, type Coverage } from './calibration-tensors.js';
import { addRange, addValues, emptyStatistics, notFinite, type TensorStatistics } from './statistics.js';

/** Up to here optimising the whole graph takes longer than the runs save (text recognition: 20 ms to load, hardly anything a run). */
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
      // Ranges tell only where a NaN came out: the second pass names the tensor where it began.
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

/**
 * Two small batches run as one where the model takes any batch, which fills the processors better. Where that fails they run one by
 * one: the model may only say that it takes any batch, and what is wrong in a batch is then told of that batch.
 */
async function collectRanges(request: CollectRequest, tensors: string[], path: string): Promise<Statistics> {
  const { model, outputs, sums } = exposeRanges(request.model, tensors);
  await saveModel(model, path);
  const found = async (batchesInRun: number): Promise<Statistics> => {
    const statistics = emptyTable(tensors, false);
    await eachRun(request, path, batchesInRun, (result, index) => {
      for (const [name, range] of outputs) {
        addRange(statistics.get(name)!, scalar(result, range.min), scalar(result, range.max), name, index);
      }
      for (const [output, sum] of sums) if (Number.isNaN(scalar(result, sum))) throw notFinite(output, index);
    });
    return statistics;
  };
  return takesTwoBatches(request) ? found(2).catch(() => found(1)) : found(1);
}

/** Bytes of a batch's inputs up to which two are run as one: larger ones fill the processors alone, and their memory counts. */
const smallBatchBytes = 2 ** 20;

function takesTwoBatches({ model, stream }: CollectRequest): boolean {
  if (stream.batches < 2 || !model.graph.input.every(takesAnyBatch)) return false;
  const bytes = Object.values(stream.getBatch(0)).map(({ data }) => data.byteLength);
  return bytes.reduce((sum, size) => sum + size, 0) <= smallBatchBytes;
}

/** Its first dimension is there and is no number. */
function takesAnyBatch({ type }: ValueInfoProto): boolean {
  const first = type?.value.case === 'tensorType' ? type.value.value.shape?.dim[0] : undefined;
  return first !== undefined && first.value.case !== 'dimValue';
}

async function collectHistograms(request: CollectRequest, tensors: string[], path: string): Promise<Statistics> {
  const statistics = emptyTable(tensors, true);
  await saveModel(exposeTensors(request.model, tensors), path);
  await eachRun(request, path, 1, (result, index, inputs) => {
    for (const name of tensors)
      addValues(statistics.get(name)!, floats(result[name] ?? inputs[name], name), name, index);
  });
  return statistics;
}

function emptyTable(tensors: string[], histograms: boolean): Statistics {
  return new Map(tensors.map((name) => [name, emptyStatistics(histograms)]));
}

/** Told the outputs of a run, the first batch in it, and its inputs. */
type Visit = (result: TensorMap, index: number, inputs: TensorMap) => void;

async function eachRun(request: CollectRequest, path: string, batchesInRun: number, visit: Visit): Promise<void> {
  const session = await request.runner.open(path, { optimized: request.stream.batches > fewBatches });
  try {
    await runBatches(request, session, batchesInRun, visit);
  } finally {
    await session.dispose();
  }
}

/** The next run goes on while one is looked at, where the runtime is a process of its own. */
async function runBatches(
  { stream, onProgress }: CollectRequest,
  session: FloatSession,
  batchesInRun: number,
  visit: Visit,
): Promise<void> {
  const started = performance.now();
  let next = startRun(session, stream, 0, batchesInRun);
  while (next !== null) {
    const { inputs, result, from, end } = next;
    const outputs = await result;
    next = startRun(session, stream, end, batchesInRun);
    visit(outputs, from, inputs);
    const perBatch = (performance.now() - started) / end;
    onProgress?.({ batch: end, batches: stream.batches, remainingMs: perBatch * (stream.batches - end) });
  }
}

interface Run {
  inputs: TensorMap;
  result: Promise<TensorMap>;
  /** Its batches: [from, end). */
  from: number;
  end: number;
}

/** null after the last batch. */
function startRun(session: FloatSession, stream: BatchStream, from: number, batchesInRun: number): Run | null {
  if (from >= stream.batches) return null;
  const end = Math.min(from + batchesInRun, stream.batches);
  let inputs = stream.getBatch(from);
  for (let index = from + 1; index < end; index++) inputs = joinBatches(inputs, stream.getBatch(index));
  const result = session.run(inputs);
  // Where the run before it is refused, nobody waits for this one.
  result.catch(() => undefined);
  return { inputs, result, from, end };
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
