import { median } from './statistics/index.js';
import type { RoundRecord } from './trial.js';

/**
 * End-to-end time of one engine, ns: the median of its round medians, over rounds that count. Round by round, so that a round
 * with more samples weighs no more than another. null if it was never measured.
 */
export function endToEndNs(rounds: readonly RoundRecord[], label: string): number | null {
  const medians = rounds.flatMap((round) => {
    const samples = round.samples[label];
    return round.voided === null && samples !== undefined && samples.length > 0 ? [median(samples)] : [];
  });
  return medians.length === 0 ? null : median(medians);
}
