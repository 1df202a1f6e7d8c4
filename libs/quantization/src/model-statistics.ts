import { type Model, onnxType, tensorDims, tensorToFloat32 } from '@octet/onnx';

import { addToHistogram, emptyHistogram, type Histogram } from './calibration/histogram.js';
import type { TensorStatistics } from './calibration/statistics.js';

/** Distribution of one tensor, for people and programs. */
export interface TensorSummary {
  name: string;
  /** null for activations. */
  dims: number[] | null;
  elements: number;
  min: number;
  max: number;
  mean: number | null;
  /** Share of exact zeros; null where only a histogram is known. */
  zeros: number | null;
  /** Counts in equal bins from min to max. */
  histogram: number[];
}

const bins = 32;

/** Statistics of each float32 weight with at least two dimensions (biases and scales say little). */
export function weightStatistics(model: Model): TensorSummary[] {
  const found: TensorSummary[] = [];
  for (const tensor of model.graph.initializer) {
    if (onnxType(tensor.dataType) !== 'float32' || tensor.dims.length < 2) continue;
    found.push(summarise(tensor.name, tensorDims(tensor), tensorToFloat32(tensor, model)));
  }
  return found;
}

function summarise(name: string, dims: number[], values: Float32Array): TensorSummary {
  let [min, max, sum, zeros] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    if (value === 0) zeros++;
  }
  const histogram = emptyHistogram();
  addToHistogram(histogram, values, Math.max(Math.abs(min), Math.abs(max)));
  const counts = rebin(histogram, min, max);
  return {
    name,
    dims,
    elements: values.length,
    min,
    max,
    mean: sum / values.length,
    zeros: zeros / values.length,
    histogram: counts,
  };
}

/** Statistics of activations as calibration collected them (with histograms). */
export function activationStatistics(statistics: ReadonlyMap<string, TensorStatistics>): TensorSummary[] {
  return [...statistics].flatMap(([name, { min, max, histogram }]) => {
    if (histogram === null || min > max) return [];
    const elements = histogram.counts.reduce((a, b) => a + b, 0);
    return [{ name, dims: null, elements, min, max, mean: null, zeros: null, histogram: rebin(histogram, min, max) }];
  });
}

/** Coarse counts between min and max; each fine bin goes where its centre lies. */
function rebin(histogram: Histogram, min: number, max: number): number[] {
  const result = Array<number>(bins).fill(0);
  const side = histogram.counts.length / 2;
  const width = histogram.limit / side;
  const span = max - min || 1;
  histogram.counts.forEach((count, k) => {
    if (count === 0) return;
    const at = Math.floor((((k - side + 0.5) * width - min) / span) * bins);
    result[Math.min(bins - 1, Math.max(0, at))]! += count;
  });
  return result;
}

const blocks = ' ▁▂▃▄▅▆▇█';

/** A histogram as one line of text, heights by the square root of the counts so that tails can be seen. */
export function histogramText(counts: readonly number[]): string {
  const largest = Math.sqrt(Math.max(...counts, 1));
  return counts.map((count) => blocks[Math.ceil((Math.sqrt(count) / largest) * (blocks.length - 1))]).join('');
}
