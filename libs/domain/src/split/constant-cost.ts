import { ortProviderOf } from '../device.js';

/**
 * The constant cost c of profiling a layer, in the unit of its arguments: the c >= 0 with sum(max(t_i - c, 0)) = endToEnd
 * (design.md section 2). 0 when the layers sum to no more than the end-to-end time: the rest is time in no layer.
 */
export function constantLayerCost(times: readonly number[], endToEnd: number): number {
  const longestFirst = Float64Array.from(times).sort().reverse();
  let sum = 0;
  for (let count = 1; count <= longestFirst.length; count++) {
    sum += longestFirst[count - 1] ?? 0;
    const cost = (sum - endToEnd) / count;
    // With `count` layers left above the cost, the equation is linear; it holds where the next layer lies below that cost.
    if (cost >= (longestFirst[count] ?? 0)) return cost;
  }
  return 0;
}

/**
 * The most that a runtime's profiler adds to a layer, ns; Infinity where only the profile tells. ONNX Runtime: about 3.5 us a node
 * on two machines, and half as much again for slower ones.
 */
export function mostLayerCostNs(runtime: string): number {
  return ortProviderOf(runtime) !== null ? 5_000 : Number.POSITIVE_INFINITY;
}
