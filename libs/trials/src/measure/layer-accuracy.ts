import type { LayerAccuracy } from '@octet/domain';
import { openModel } from '@octet/engines';
import { inspectModel, loadModel } from '@octet/onnx';
import { compareLayers, subset, type Dataset, type LayerComparison } from '@octet/quantization';
import { cosineInRange, decibels } from './accuracy.js';

/** Inputs that layers are compared on, at most (a whole batch at least): every layer's output is read for each. */
const mostInputs = 4;
/** Elements of all layer outputs of one run, at most: 128 MB of floats from each of the two models. */
const mostElements = 32 * 2 ** 20;
const mostLayers = 2_000;

export interface LayerAccuracyRequest {
  /** The user's FP32 model, and the quantised one made from it. */
  referencePath: string;
  quantizedPath: string;
  shapes: Record<string, number[]>;
  /** Held out from calibration. */
  dataset: Dataset;
  batch: number;
  threads: number;
  signal: AbortSignal;
}

/**
 * Likeness of each layer's output between FP32 and the quantised model, in order of execution: both run in ONNX Runtime with every
 * output exposed, so it shows what quantisation does to the values, not what one runtime's kernels add. Null where the dataset
 * can't fill a batch, or the outputs are too large to be read.
 *
 * @throws OctetError of loading and running.
 */
export async function layerAccuracy(request: LayerAccuracyRequest): Promise<LayerAccuracy[] | null> {
  const { referencePath, quantizedPath, dataset, batch, threads, signal } = request;
  const count = Math.min(dataset.count, Math.max(mostInputs, batch));
  if (count < batch || (await elementsOf(request)) > mostElements) return null;
  const indices = Int32Array.from({ length: count }, (_, index) => index);
  const part = subset(dataset, indices, `layers-${count}`);
  const runner = { open: (path: string) => openModel(path, { label: 'layers', threads, signal }) };
  const layers = await compareLayers(runner, referencePath, quantizedPath, part, batch);
  return layers.length > mostLayers ? null : layers.map(layerOf);
}

async function elementsOf({ quantizedPath, shapes }: LayerAccuracyRequest): Promise<number> {
  const { layers } = inspectModel(await loadModel(quantizedPath), { shapes });
  return layers.reduce((sum, { outputShape }) => sum + elements(outputShape ?? []), 0);
}

function elements(shape: readonly (number | string | null)[]): number {
  return shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
}

function layerOf({ tensor, opType, cosine, sqnrDb }: LayerComparison): LayerAccuracy {
  return { tensor, type: opType, cosine: cosineInRange(cosine), sqnrDb: decibels(sqnrDb) };
}
