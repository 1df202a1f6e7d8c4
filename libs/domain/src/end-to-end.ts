import { median, roundTimeNs } from './statistics/index.js';
import type { RoundRecord } from './trial.js';

/**
 * End-to-end time of one engine, ns: the median of its times in the rounds that count (`roundTimeNs`). Round by round, so that a round
 * with more samples weighs no more than another. null if it was never measured.
 */
export function endToEndNs(rounds: readonly RoundRecord[], label: string): number | null {
  const times = rounds.flatMap((round) => roundTimeNs(round, label) ?? []);
  return times.length === 0 ? null : median(times);
}
