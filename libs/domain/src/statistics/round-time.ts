import type { RoundRecord } from '../trial.js';
import { median } from './summary.js';

/**
 * Time of one engine in one round, ns: the median of its samples; where it took turns, the median of its fastest turn. What
 * disturbs a turn (a neighbour on the host, the other thread of the core) only ever adds time, so the least disturbed turn says
 * best what the engine takes (Chen and Revels, "Robust benchmarking in noisy environments", 2016, arXiv:1608.04295); inside a
 * turn the median keeps the engine's own typical run. null for a voided round and for an engine that did not run in it.
 */
export function roundTimeNs({ samples, turns, voided }: RoundRecord, label: string): number | null {
  const all = samples[label] ?? [];
  if (voided !== null || all.length === 0) return null;
  let from = 0;
  return Math.min(...(turns?.[label] ?? [all.length]).map((count) => median(all.slice(from, (from += count)))));
}
