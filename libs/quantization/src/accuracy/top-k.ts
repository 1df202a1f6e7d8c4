import { OctetError } from '@octet/domain';

import { elementCount, type Tensor, type TensorMap } from '../tensor.js';
import { wilsonInterval, type Interval } from './wilson.js';

/** A share of inputs, with its 95 % interval (Wilson). */
export interface Share {
  value: number;
  hits: number;
  inputs: number;
  interval: Interval | null;
}

export function shareOf(hits: number, inputs: number): Share {
  return { value: inputs === 0 ? 0 : hits / inputs, hits, inputs, interval: wilsonInterval(hits, inputs) };
}

/** Rank of the label among the scores, 0 for the highest; ties count against it, so that a constant output wins nothing. */
export function rankOf(scores: ArrayLike<number>, label: number): number {
  const own = scores[label];
  if (own === undefined || Number.isNaN(own)) return scores.length;
  let rank = 0;
  for (let i = 0; i < scores.length; i++) if (i !== label && !(scores[i]! < own)) rank++;
  return rank;
}

/** Index of the largest score, the first of equals. */
export function argMax(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** Scores of each sample: an output of shape [samples, classes] (further dimensions of size 1 are fine). */
export function scoreRows(output: Tensor): Float32Array[] {
  const samples = output.dims[0] ?? 1;
  const classes = elementCount(output.dims) / samples;
  if (!(output.data instanceof Float32Array) || classes < 2) {
    throw new OctetError(
      'no-scores',
      `An output of shape [${output.dims.join(',')}] holds no class scores. Use cosine or SQNR instead of top-k.`,
    );
  }
  const { data } = output;
  return Array.from({ length: samples }, (_, i) => data.subarray(i * classes, (i + 1) * classes));
}

/** The output that classifies: the first float one. */
export function scoreOutput(outputs: TensorMap): Tensor {
  const found = Object.values(outputs).find((tensor) => tensor.data instanceof Float32Array);
  if (found !== undefined) return found;
  throw new OctetError('no-scores', 'The model has no float output that could hold class scores.');
}

/** Share of samples whose label is among the k highest scores. */
export function topK(output: Tensor, labels: ArrayLike<number>, k: number): Share {
  const rows = scoreRows(output);
  return shareOf(rows.filter((scores, i) => rankOf(scores, labels[i]!) < k).length, rows.length);
}

/** Share of samples (or of positions, for sequences: all but the last dimension) with the same best class. */
export function agreement(reference: Tensor, candidate: Tensor): Share {
  const classes = reference.dims.at(-1) ?? 1;
  const [a, b] = [reference.data as Float32Array, candidate.data as Float32Array];
  const rows = classes === 0 ? 0 : a.length / classes;
  let hits = 0;
  for (let i = 0; i < rows; i++) {
    const [from, to] = [i * classes, (i + 1) * classes];
    if (argMax(a.subarray(from, to)) === argMax(b.subarray(from, to))) hits++;
  }
  return shareOf(hits, rows);
}
