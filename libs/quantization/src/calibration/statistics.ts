import { OctetError } from '@octet/domain';

import { addToHistogram, emptyHistogram, type Histogram } from './histogram.js';

/** What calibration knows about one tensor. */
export interface TensorStatistics {
  min: number;
  max: number;
  /** null when only the range was collected (max calibrator). */
  histogram: Histogram | null;
}

/** Mean of each channel (dimension 1), by tensor. */
export type ChannelMeans = ReadonlyMap<string, number[]>;

export function emptyStatistics(withHistogram: boolean): TensorStatistics {
  return { min: Infinity, max: -Infinity, histogram: withHistogram ? emptyHistogram() : null };
}

/** Adds a batch of values. Throws `activation-not-finite` naming tensor and batch. */
export function addValues(statistics: TensorStatistics, values: Float32Array, tensor: string, batch: number): void {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    // Comparisons alone would skip NaN.
    if (!Number.isFinite(value)) throw notFinite(tensor, batch);
  }
  if (values.length === 0) return;
  addRange(statistics, min, max, tensor, batch);
  if (statistics.histogram !== null)
    addToHistogram(statistics.histogram, values, Math.max(Math.abs(min), Math.abs(max)));
}

/** Adds the range of a batch. Throws `activation-not-finite` naming tensor and batch. */
export function addRange(statistics: TensorStatistics, min: number, max: number, tensor: string, batch: number): void {
  if (!Number.isFinite(min) || !Number.isFinite(max)) throw notFinite(tensor, batch);
  statistics.min = Math.min(statistics.min, min);
  statistics.max = Math.max(statistics.max, max);
}

export function notFinite(tensor: string, batch: number): OctetError {
  return new OctetError(
    'activation-not-finite',
    `Tensor "${tensor}" holds NaN or infinity in batch ${batch} of the calibration. Check that sample and the model's preprocessing.`,
    { details: { tensor, batch } },
  );
}
