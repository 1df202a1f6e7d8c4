import { isExternal, type Model, onnxType, tensorDims, tensorToFloat32 } from '@octet/onnx';
import type { TensorProto } from 'onnx-buf';

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
  /** Values that are NaN or infinite, which count for nothing else. */
  notFinite: number;
  /** Counts in equal bins from min to max. */
  histogram: number[];
}

const bins = 32;
/** What is read of a weight in a file of its own at once: memory does not grow with the weight. */
const pieceBytes = 16 * 2 ** 20;

/** Statistics of each float32 weight with at least two dimensions (biases and scales say little). */
export function weightStatistics(model: Model): TensorSummary[] {
  return model.graph.initializer
    .filter((tensor) => onnxType(tensor.dataType) === 'float32' && tensor.dims.length >= 2)
    .map((tensor) => summarise(tensor.name, tensorDims(tensor), piecesOf(tensor, model)));
}

function* piecesOf(tensor: TensorProto, model: Model): Generator<Float32Array> {
  if (!isExternal(tensor)) yield tensorToFloat32(tensor, model);
  else for (const { buffer } of model.externalPieces(tensor, pieceBytes)) yield new Float32Array(buffer);
}

function summarise(name: string, dims: number[], pieces: Iterable<Float32Array>): TensorSummary {
  const sums = { elements: 0, min: Infinity, max: -Infinity, sum: 0, zeros: 0, notFinite: 0 };
  const histogram = emptyHistogram();
  for (const piece of pieces) addPiece(sums, histogram, piece);
  const { elements, min, max, zeros, notFinite } = sums;
  const finite = elements - notFinite;
  return {
    name,
    dims,
    elements,
    min,
    max,
    mean: finite === 0 ? null : sums.sum / finite,
    zeros: elements === 0 ? null : zeros / elements,
    notFinite,
    histogram: rebin(histogram, min, max),
  };
}

interface Sums {
  elements: number;
  min: number;
  max: number;
  sum: number;
  zeros: number;
  notFinite: number;
}

function addPiece(sums: Sums, histogram: Histogram, piece: Float32Array): void {
  const finite = piece.every(Number.isFinite) ? piece : piece.filter(Number.isFinite);
  let [min, max] = [Infinity, -Infinity];
  for (const value of finite) {
    if (value < min) min = value;
    if (value > max) max = value;
    sums.sum += value;
    if (value === 0) sums.zeros++;
  }
  sums.elements += piece.length;
  sums.notFinite += piece.length - finite.length;
  if (finite.length === 0) return;
  sums.min = Math.min(sums.min, min);
  sums.max = Math.max(sums.max, max);
  addToHistogram(histogram, finite, Math.max(Math.abs(min), Math.abs(max)));
}

/** Statistics of activations as calibration collected them (with histograms). */
export function activationStatistics(statistics: ReadonlyMap<string, TensorStatistics>): TensorSummary[] {
  return [...statistics].flatMap(([name, { min, max, histogram }]) => {
    if (histogram === null || min > max) return [];
    const elements = histogram.counts.reduce((a, b) => a + b, 0);
    return [
      {
        name,
        dims: null,
        elements,
        min,
        max,
        mean: null,
        zeros: null,
        notFinite: 0,
        histogram: rebin(histogram, min, max),
      },
    ];
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
