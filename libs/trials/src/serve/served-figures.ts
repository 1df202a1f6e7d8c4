import {
  derivedSeed,
  median,
  quantile,
  quantileInterval,
  simulateServing,
  type LatencyPoint,
  type ServedLaunches,
  type ServedLoad,
  type ServingFigures,
  type ServingPolicy,
  type ServingResult,
  type ServiceTimes,
} from '@octet/domain';
import type { ServedRequests } from '@octet/engines';
import type { RehearsedEngine } from './rehearse.js';

/** The least and the most of so many draws hold the next one in 95 of 100 cases: (n - 1) / (n + 1) (Wilks 1941). */
const draws = 39;

/** Median figures of simulations that draw their service times afresh, over the same arrivals. */
export function drawnFigures(arrivalsNs: Float64Array, policy: ServingPolicy, seed: number): ServingFigures {
  const drawn = Array.from({ length: draws }, (_, index) =>
    figuresOf(simulateServing(arrivalsNs, policy, { instances: 1, timeLimitNs: null, seed: derivedSeed(seed, index) })),
  );
  const of = (key: 'throughputPerS' | 'p50Ms' | 'p95Ms' | 'p99Ms') => drawn.map((figures) => figures[key]);
  return {
    throughputPerS: median(of('throughputPerS')),
    p50Ms: median(of('p50Ms')),
    p95Ms: median(of('p95Ms')),
    p99Ms: median(of('p99Ms')),
    p99Interval: { lowMs: Math.min(...of('p99Ms')), highMs: Math.max(...of('p99Ms')) },
  };
}

/** The simulation with what the launches of the load itself occupied. */
export function replayedFigures(
  arrivalsNs: Float64Array,
  policy: ServingPolicy,
  points: readonly LatencyPoint[],
  outcome: ServedRequests,
): ServingFigures {
  const serviceNs = replay(points, outcome);
  return figuresOf(simulateServing(arrivalsNs, policy, { instances: 1, timeLimitNs: null, seed: 0, serviceNs }));
}

/** The times of each engine's launches in the order in which they happened; the last one again when the simulation launches more. */
function replay(points: readonly LatencyPoint[], outcome: ServedRequests): ServiceTimes {
  const queues = new Map(points.map((point, index) => [point, { times: occupiedBy(index, outcome), next: 0 }]));
  return (engine) => {
    const queue = queues.get(engine)!;
    return queue.times[Math.min(queue.next++, queue.times.length - 1)] ?? engine.timeNs;
  };
}

/** What each launch of an engine occupied, ns. */
function occupiedBy(engine: number, { launchEngine, launchNs, overheadNs }: ServedRequests): number[] {
  return [...launchEngine.keys()]
    .filter((at) => launchEngine[at] === engine)
    .map((at) => overheadNs[at]! + launchNs[at]!);
}

function figuresOf({ throughputPerS, latency }: ServingResult): ServingFigures {
  const { p50Ns, p95Ns, p99Ns } = latency;
  return { throughputPerS, p50Ms: p50Ns / 1e6, p95Ms: p95Ns / 1e6, p99Ms: p99Ns / 1e6, p99Interval: null };
}

export function servedFigures({ latenciesNs, spanNs }: ServedRequests): ServingFigures {
  const sorted = latenciesNs.slice().sort();
  const at = (p: number) => (sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? 0) / 1e6;
  const between = quantileInterval(latenciesNs, 0.99);
  return {
    throughputPerS: (sorted.length / spanNs) * 1e9,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    p99Interval: between === null ? null : { lowMs: between.low / 1e6, highMs: between.high / 1e6 },
  };
}

/** What the launches of each engine occupied: planned with, rehearsed, under the load. */
export function launchesOf(
  points: readonly LatencyPoint[],
  outcome: ServedRequests,
  rehearsed: readonly RehearsedEngine[],
): ServedLaunches[] {
  return points.map((point, index) => {
    const served = occupiedBy(index, outcome);
    const overheads = outcome.overheadNs.filter((_, at) => outcome.launchEngine[at] === index);
    const { occupiedNs } = rehearsed[index]!;
    return {
      batch: point.batch,
      count: served.length,
      forecastNs: point.timeNs,
      forecastP99Ns: wholeQuantile(point.samplesNs ?? [], 0.99),
      rehearsedNs: wholeQuantile(occupiedNs, 0.5),
      rehearsedP99Ns: wholeQuantile(occupiedNs, 0.99),
      servedNs: wholeQuantile(served, 0.5),
      servedP99Ns: wholeQuantile(served, 0.99),
      overheadNs: wholeQuantile(overheads, 0.5),
    };
  });
}

function wholeQuantile(times: readonly number[] | Float64Array, p: number): number | null {
  return times.length === 0 ? null : Math.round(quantile(times, p));
}

/** Launch times under the load over those planned with: sums over all launches, so that each engine counts as often as it ran. */
export function movedLaunches(
  points: readonly LatencyPoint[],
  outcome: ServedRequests,
  launches: readonly ServedLaunches[],
): ServedLoad['moved'] {
  const total = (of: (each: ServedLaunches, index: number) => number) =>
    launches.reduce((sum, each, index) => sum + each.count * of(each, index), 0);
  const occupied = outcome.launchNs.reduce((sum, time, at) => sum + time + outcome.overheadNs[at]!, 0);
  const planned = total((_, index) => meanTime(points[index]!));
  const tailsKnown = launches.every(({ forecastP99Ns, count }) => count === 0 || forecastP99Ns !== null);
  return {
    mean: occupied / planned,
    median: total(({ servedNs }) => servedNs ?? 0) / total(({ forecastNs }) => forecastNs),
    p99: tailsKnown
      ? total(({ servedP99Ns }) => servedP99Ns ?? 0) / total(({ forecastP99Ns }) => forecastP99Ns ?? 0)
      : null,
  };
}

function meanTime({ timeNs, samplesNs }: LatencyPoint): number {
  if (samplesNs === null || samplesNs.length === 0) return timeNs;
  return samplesNs.reduce((sum, sample) => sum + sample, 0) / samplesNs.length;
}

export function ratioOf(served: ServingFigures, simulated: ServingFigures): { throughput: number; p99: number } {
  return { throughput: served.throughputPerS / simulated.throughputPerS, p99: served.p99Ms / simulated.p99Ms };
}
