import { constantLayerCost } from './constant-cost.js';

/** What profiling added to an engine's layers, and how to take it away again. Times ns. */
export interface NetTime {
  /** The constant c that profiling added to each layer, at most `mostLayerCostNs`. */
  costNs: number;
  /** A layer's own time: less c, and scaled down by what c can't explain. */
  of: (timeNs: number) => number;
}

/**
 * design.md section 2, "From profile to time". `mostLayerCostNs`: the most that this runtime's profiler can add to a layer. A
 * profile that ran slower for another reason (other clocks, colder caches) would ask for a larger c and wipe out the small
 * quantising layers; what c can't explain is scaled.
 */
export function netTimeOf(
  times: readonly number[],
  endToEndNs: number,
  mostLayerCostNs = Number.POSITIVE_INFINITY,
): NetTime {
  const costNs = Math.min(constantLayerCost(times, endToEndNs), mostLayerCostNs);
  const left = times.reduce((total, time) => total + Math.max(time - costNs, 0), 0);
  const slowdown = endToEndNs > 0 ? Math.max(1, left / endToEndNs) : 1;
  return { costNs, of: (timeNs) => Math.max(timeNs - costNs, 0) / slowdown };
}
