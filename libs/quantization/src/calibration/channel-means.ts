import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OctetError } from '@octet/domain';
import { Graph, type Model, saveModel } from '@octet/onnx';

import type { BatchStream } from '../dataset/batch-stream.js';
import { isLayer, weightedLayer } from '../placement/weighted-layer.js';
import type { FloatRunner, Tensor } from '../tensor.js';
import { exposeMeans } from './augment.js';
import type { ChannelMeans } from './statistics.js';

export interface ChannelMeansRequest {
  /** Prepared model. */
  model: Model;
  stream: BatchStream;
  runner: FloatRunner;
}

/**
 * Mean of each channel of what the layers read whose biases can be corrected: Conv and Gemm with constant weights. Runs the
 * model once more over the calibration data; images are averaged inside the runtime.
 */
export async function collectChannelMeans({ model, stream, runner }: ChannelMeansRequest): Promise<ChannelMeans> {
  const { images, rows } = layerInputs(new Graph(model));
  if (images.length + rows.length === 0) return new Map();
  const folder = await mkdtemp(join(tmpdir(), 'octet-means-'));
  try {
    const { model: augmented, outputs } = exposeMeans(model, images, rows);
    const path = join(folder, 'means.onnx');
    await saveModel(augmented, path);
    return await averages(runner, path, stream, outputs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Conv reads [batch, channels, ...], Gemm [batch, channels]. */
function layerInputs(graph: Graph): { images: string[]; rows: string[] } {
  const found = { Conv: new Set<string>(), Gemm: new Set<string>() };
  for (const node of graph.nodes) {
    if (node.opType !== 'Conv' && node.opType !== 'Gemm') continue;
    const layer = weightedLayer(graph, node);
    if (isLayer(layer)) found[node.opType].add(layer.input);
  }
  return { images: [...found.Conv], rows: [...found.Gemm] };
}

async function averages(
  runner: FloatRunner,
  path: string,
  stream: BatchStream,
  outputs: ReadonlyMap<string, string>,
): Promise<Map<string, number[]>> {
  const sums = new Map<string, Float64Array>();
  const session = await runner.open(path);
  try {
    for (const inputs of stream) {
      const result = await session.run(inputs);
      for (const [tensor, output] of outputs) addRows(sums, tensor, result[output] ?? inputs[output]);
    }
  } finally {
    await session.dispose();
  }
  // Seven digits, as float32 has them: a table is a text.
  const rounded = (sum: number): number => Number((sum / stream.batches).toPrecision(7));
  return new Map([...sums].map(([tensor, sum]) => [tensor, Array.from(sum, rounded)]));
}

/** Adds the mean of a batch's rows, each with one value a channel. */
function addRows(sums: Map<string, Float64Array>, tensor: string, batch: Tensor | undefined): void {
  if (!(batch?.data instanceof Float32Array)) throw noMeans(tensor);
  const { data, dims } = batch;
  const channels = dims[1] ?? 1;
  const sum = sums.get(tensor) ?? new Float64Array(channels);
  sums.set(tensor, sum);
  for (let i = 0; i < data.length; i++) sum[i % channels]! += (data[i]! * channels) / data.length;
}

function noMeans(tensor: string): OctetError {
  return new OctetError(
    'calibration-failed',
    `The runtime gave no float values for tensor "${tensor}". Exclude its layer, or leave biases uncorrected.`,
  );
}
