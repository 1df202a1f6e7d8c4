import { seededRandom } from '../statistics/random.js';
import type { Arrivals } from './arrivals.js';
import type { LatencyPoint } from './latency-curve.js';
import { drawnServiceTimes, type ServiceTimes } from './service-times.js';
import { firstLaunches, splitTable } from './split-requests.js';

/** The three ways to serve (design.md section 8). */
export type ServingPolicy =
  | { kind: 'linear'; engine: LatencyPoint }
  /** Launch when `engine.batch` requests wait, or the oldest has waited `waitNs`. */
  | { kind: 'batch'; engine: LatencyPoint; waitNs: number }
  /** A free device takes the best split of all that wait. */
  | { kind: 'multi-engine'; engines: readonly LatencyPoint[] };

export interface ServingOptions {
  /** Devices that serve one queue. */
  instances: number;
  /** A request that waited longer at its launch is dropped, ns; null = never. */
  timeLimitNs: number | null;
  /** Seed of the drawn service times. */
  seed: number;
  /** Times of launches instead of drawn ones: to replay what was served. */
  serviceNs?: ServiceTimes;
}

export interface ServingResult {
  served: number;
  dropped: number;
  /** Requests served / time from first arrival to last completion, per second. */
  throughputPerS: number;
  /** Arrival to completion of served requests, ns. Percentiles by nearest rank: the ceil(p n)-th smallest. */
  latency: { meanNs: number; p50Ns: number; p95Ns: number; p99Ns: number; maxNs: number };
  /** Mean time from arrival to launch, ns. */
  meanWaitNs: number;
  /** Busy time of the devices / (time * instances). */
  utilization: number;
  /** Mean number of waiting requests (Little's law: arrival rate x mean wait) and the most seen at a launch. */
  queue: { mean: number; max: number };
  launches: number;
  padding: number;
  /** Launches that were due before a device was free: where there are none, more devices change nothing. */
  delayed: number;
}

/** Longest queue that one split looks at: a longer one launches as if this many waited (the largest engines anyway). */
const splitHorizon = 512;

/** What a free device does when requests wait. */
interface Decision {
  /** When the request at the head is due to be launched, were a device free. */
  dueNs: (head: number) => number;
  engineFor: (waiting: number) => LatencyPoint;
}

/**
 * Discrete-event simulation of one first-come-first-served queue before `instances` equal devices. Launch times never go
 * back, so one pass over the arrivals does: O(requests * instances). Deterministic for a seed.
 */
export function simulateServing(arrivals: Arrivals, policy: ServingPolicy, options: ServingOptions): ServingResult {
  const decision = decisionOf(policy, arrivals);
  const serviceNs = options.serviceNs ?? drawnServiceTimes(seededRandom(options.seed));
  const free = new Float64Array(options.instances);
  const tally = newTally(arrivals.length);
  let head = 0;
  let tail = 0;
  while (head < arrivals.length) {
    const device = earliest(free);
    const dueNs = decision.dueNs(head);
    const launchNs = Math.max(free[device]!, dueNs);
    while (tail < arrivals.length && arrivals[tail]! <= launchNs) tail++;
    const kept = dropLate(arrivals, head, tail, launchNs, options.timeLimitNs);
    if (kept > head) {
      tally.dropped += kept - head;
      head = kept;
      continue;
    }
    if (launchNs > dueNs) tally.delayed++;
    const engine = decision.engineFor(tail - head);
    const taken = Math.min(engine.batch, tail - head);
    tally.maxQueue = Math.max(tally.maxQueue, tail - head);
    const doneNs = launchNs + serviceNs(engine, launchNs === dueNs);
    record(tally, arrivals, head, taken, engine, launchNs, doneNs);
    free[device] = doneNs;
    head += taken;
  }
  return summarise(tally, arrivals, options.instances);
}

function decisionOf(policy: ServingPolicy, arrivals: Arrivals): Decision {
  switch (policy.kind) {
    case 'linear':
      return { dueNs: (head) => arrivals[head]!, engineFor: () => policy.engine };
    case 'batch': {
      const { engine, waitNs } = policy;
      const dueNs = (head: number) => {
        const fullNs = arrivals[head + engine.batch - 1] ?? Number.POSITIVE_INFINITY;
        return Math.min(fullNs, arrivals[head]! + waitNs);
      };
      return { dueNs, engineFor: () => engine };
    }
    case 'multi-engine': {
      const first = firstLaunches(splitTable(policy.engines, splitHorizon));
      return {
        dueNs: (head) => arrivals[head]!,
        engineFor: (waiting) => policy.engines[first[Math.min(waiting, splitHorizon)]!]!,
      };
    }
  }
}

function earliest(free: Float64Array): number {
  let best = 0;
  for (let index = 1; index < free.length; index++) if (free[index]! < free[best]!) best = index;
  return best;
}

function dropLate(arrivals: Arrivals, head: number, tail: number, nowNs: number, limitNs: number | null): number {
  if (limitNs === null) return head;
  let kept = head;
  while (kept < tail && nowNs - arrivals[kept]! > limitNs) kept++;
  return kept;
}

interface Tally {
  latencies: Float64Array;
  served: number;
  dropped: number;
  waitNs: number;
  busyNs: number;
  launches: number;
  padding: number;
  delayed: number;
  maxQueue: number;
  lastDoneNs: number;
}

function newTally(requests: number): Tally {
  return {
    latencies: new Float64Array(requests),
    served: 0,
    dropped: 0,
    waitNs: 0,
    busyNs: 0,
    launches: 0,
    padding: 0,
    delayed: 0,
    maxQueue: 0,
    lastDoneNs: 0,
  };
}

function record(
  tally: Tally,
  arrivals: Arrivals,
  head: number,
  taken: number,
  engine: LatencyPoint,
  launchNs: number,
  doneNs: number,
): void {
  for (let index = head; index < head + taken; index++) {
    tally.latencies[tally.served++] = doneNs - arrivals[index]!;
    tally.waitNs += launchNs - arrivals[index]!;
  }
  tally.busyNs += doneNs - launchNs;
  tally.launches++;
  tally.padding += engine.batch - taken;
  tally.lastDoneNs = Math.max(tally.lastDoneNs, doneNs);
}

function summarise(tally: Tally, arrivals: Arrivals, instances: number): ServingResult {
  const latencies = tally.latencies.subarray(0, tally.served).sort();
  const spanNs = Math.max(1, tally.lastDoneNs - (arrivals[0] ?? 0));
  const at = (p: number) => latencies[Math.min(latencies.length - 1, Math.ceil(p * latencies.length) - 1)] ?? 0;
  let sum = 0;
  for (const latency of latencies) sum += latency;
  return {
    served: tally.served,
    dropped: tally.dropped,
    throughputPerS: (tally.served / spanNs) * 1e9,
    latency: {
      meanNs: sum / Math.max(1, tally.served),
      p50Ns: at(0.5),
      p95Ns: at(0.95),
      p99Ns: at(0.99),
      maxNs: latencies.at(-1) ?? 0,
    },
    meanWaitNs: tally.waitNs / Math.max(1, tally.served),
    utilization: tally.busyNs / (spanNs * instances),
    queue: { mean: tally.waitNs / spanNs, max: tally.maxQueue },
    launches: tally.launches,
    padding: tally.padding,
    delayed: tally.delayed,
  };
}
