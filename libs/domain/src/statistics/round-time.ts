import type { RoundRecord } from '../trial.js';
import { median } from './summary.js';

/** Runs that must go undisturbed together. */
const runsInWindow = 8;

/**
 * Time of one engine in one round, ns: the median of its samples; where it took turns, the median of its fastest window of 8
 * runs in a row (of a whole turn, where that has fewer). What disturbs a run (a neighbour on the host, the other thread of the
 * core) only ever adds time, so the least disturbed runs say best what the engine takes (Chen and Revels, "Robust benchmarking
 * in noisy environments", 2016, arXiv:1608.04295); inside a window the median keeps the engine's own typical run. null for a
 * voided round and for an engine that did not run in it.
 */
export function roundTimeNs({ samples, turns, voided }: RoundRecord, label: string): number | null {
  const all = samples[label] ?? [];
  if (voided !== null || all.length === 0) return null;
  const counts = turns?.[label] ?? [all.length];
  if (counts.length === 1) return median(all);
  let from = 0;
  return Math.min(...counts.map((count) => fastestWindowNs(all, from, (from += count))));
}

const window = new Float64Array(runsInWindow);

/** Least median of the windows of 8 samples, side by side, in `samples[from .. to)`; of all of them where they are fewer. */
export function fastestWindowNs(samples: ArrayLike<number>, from = 0, to = samples.length): number {
  if (to - from < runsInWindow) return median(Float64Array.from({ length: to - from }, (_, i) => samples[from + i]!));
  let fastest = Number.POSITIVE_INFINITY;
  for (let start = from; start + runsInWindow <= to; start += runsInWindow) {
    for (let i = 0; i < runsInWindow; i++) window[i] = samples[start + i] as number;
    window.sort();
    fastest = Math.min(fastest, (window[runsInWindow / 2 - 1]! + window[runsInWindow / 2]!) / 2);
  }
  return fastest;
}
