import type { LatencyPoint } from './latency-curve.js';

/** How n waiting requests are served by engines of fixed batch sizes. */
export interface RequestSplit {
  n: number;
  /** Launches by batch size; only sizes that are used. */
  launches: Map<number, number>;
  totalNs: number;
  launchCount: number;
  /** Places in launched batches that no request fills. */
  padding: number;
}

/** Best first launch for every queue length 0..capacity: `engine[n]` indexes `engines`, -1 for n = 0. */
export interface SplitTable {
  engines: readonly LatencyPoint[];
  engine: Int32Array;
  totalNs: Float64Array;
  launches: Int32Array;
  padding: Int32Array;
}

/**
 * Least total time to serve each n <= capacity with any number of launches of fixed-batch engines, padding allowed: exact, by
 * dynamic programming over n (unbounded coin change with time as the cost):
 *
 *     best(0) = 0;  best(n) = min over engines b of time(b) + best(max(0, n - b))
 *
 * Compared by (total time, launches, padding), so ties go to the fewest launches, then the least padding. Times are compared
 * as integer nanoseconds: sums are exact. O(capacity * engines) time, O(capacity) memory.
 */
export function splitTable(engines: readonly LatencyPoint[], capacity: number): SplitTable {
  const table: SplitTable = {
    engines,
    engine: new Int32Array(capacity + 1).fill(-1),
    totalNs: new Float64Array(capacity + 1),
    launches: new Int32Array(capacity + 1),
    padding: new Int32Array(capacity + 1),
  };
  for (let n = 1; n <= capacity; n++) fillLength(table, n);
  return table;
}

function fillLength(table: SplitTable, n: number): void {
  table.engines.forEach((engine, index) => {
    const rest = Math.max(0, n - engine.batch);
    const totalNs = Math.round(engine.timeNs) + table.totalNs[rest]!;
    const launches = 1 + table.launches[rest]!;
    const padding = Math.max(0, engine.batch - n) + table.padding[rest]!;
    if (table.engine[n] !== -1 && !isBetter(table, n, totalNs, launches, padding)) return;
    table.engine[n] = index;
    table.totalNs[n] = totalNs;
    table.launches[n] = launches;
    table.padding[n] = padding;
  });
}

function isBetter(table: SplitTable, n: number, totalNs: number, launches: number, padding: number): boolean {
  if (totalNs !== table.totalNs[n]) return totalNs < table.totalNs[n]!;
  if (launches !== table.launches[n]) return launches < table.launches[n]!;
  return padding < table.padding[n]!;
}

/** The exact split of n waiting requests. `engines` must not be empty; n >= 0. */
export function splitRequests(n: number, engines: readonly LatencyPoint[]): RequestSplit {
  const table = splitTable(engines, n);
  const launches = new Map<number, number>();
  for (let left = n; left > 0;) {
    const { batch } = engines[table.engine[left]!]!;
    launches.set(batch, (launches.get(batch) ?? 0) + 1);
    left = Math.max(0, left - batch);
  }
  return { n, launches, totalNs: table.totalNs[n]!, launchCount: table.launches[n]!, padding: table.padding[n]! };
}

/**
 * The engine to launch first when n requests wait: of the split's launches, the one that serves most requests per ns (weighted
 * shortest processing time, W. E. Smith 1956, least mean completion time), larger batches first on ties.
 */
export function firstLaunches(table: SplitTable): Int32Array {
  const first = new Int32Array(table.engine.length).fill(-1);
  for (let n = 1; n < first.length; n++) {
    const here = table.engine[n]!;
    const rest = first[Math.max(0, n - table.engines[here]!.batch)]!;
    // Only a launch that n requests fill may overtake.
    const full = rest !== -1 && table.engines[rest]!.batch <= n;
    first[n] = full && isFaster(table.engines[rest]!, table.engines[here]!) ? rest : here;
  }
  return first;
}

function isFaster(a: LatencyPoint, b: LatencyPoint): boolean {
  const lead = a.batch * b.timeNs - b.batch * a.timeNs;
  return lead > 0 || (lead === 0 && a.batch > b.batch);
}
