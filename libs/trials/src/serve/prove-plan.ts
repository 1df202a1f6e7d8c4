import {
  firstLaunches,
  mean,
  median,
  poissonArrivals,
  simulateServing,
  splitTable,
  type LatencyPoint,
  type ServedPlan,
  type ServingFigures,
  type ServingPolicy,
  type ServingProof,
  type TelemetrySample,
} from '@octet/domain';
import { serveLoad, type LaunchRule, type ServedEngine, type ServingOutcome } from '@octet/engines';
import { cpuTelemetry } from '../host/telemetry.js';
import { startSampler, type RunningSampler } from '../measure/sampler.js';

export interface ProofRequest {
  plan: ServedPlan;
  /** The plan's engines, ascending by batch: the point that was planned with (with samples), and what is served. */
  engines: { point: LatencyPoint; served: ServedEngine }[];
  seconds: number;
  seed: number;
  signal: AbortSignal;
}

const queueHorizon = 512;
const warmUpMs = 1000;
const rehearsalMs = 4000;
/** A 99th percentile of fewer says little. */
const fewestRequests = 100;

/**
 * Serves Poisson arrivals with the plan's engines in a process of their own, for about `seconds`, and sets the result beside the
 * forecast of the simulation over the same arrivals.
 *
 * @throws OctetError as `serveLoad`.
 */
export async function provePlan(request: ProofRequest): Promise<ServingProof> {
  const { plan, seed, signal } = request;
  const count = Math.max(fewestRequests, Math.round(plan.ratePerS * request.seconds));
  const arrivalsNs = poissonArrivals(plan.ratePerS, count, seed);
  const engines = request.engines.map(({ served }) => served);
  const points = request.engines.map(({ point }) => point);
  const rule = launchRule(policyOf(plan, points));
  const sampler = startSampler(cpuTelemetry(), () => performance.now());
  const load = { engines, rule, arrivalsNs, warmUpMs, rehearsalMs, signal };
  const outcome = await whileSampling(sampler, () => serveLoad(load));
  const simulate = (of: readonly LatencyPoint[], serviceNs?: (engine: LatencyPoint) => number) =>
    simulatedFigures(arrivalsNs, policyOf(plan, of), seed, serviceNs);
  const forecast = simulate(points);
  const rehearsed = simulate(points.map((point, index) => ({ ...point, samplesNs: [...outcome.rehearsedNs[index]!] })));
  const replayed = simulate(points, replay(points, outcome));
  const served = servedFigures(outcome);
  return {
    plan,
    requests: count,
    seconds: outcome.spanNs / 1e9,
    seed,
    forecast,
    rehearsed,
    replayed,
    served: { ...served, launches: outcome.launchNs.length, padding: outcome.padding },
    ratio: ratioOf(served, forecast),
    rehearsedRatio: ratioOf(served, rehearsed),
    replayedRatio: ratioOf(served, replayed),
    host: { cpuSteal: meanOf(sampler.samples, 'cpuSteal'), otherLoad: meanOf(sampler.samples, 'otherLoad') },
    launches: points.map((point, index) => launchesOf(point, index, outcome)),
  };
}

function policyOf({ policy, waitMs }: ServedPlan, engines: readonly LatencyPoint[]): ServingPolicy {
  if (policy === 'multi-engine') return { kind: 'multi-engine', engines };
  if (policy === 'batch') return { kind: 'batch', engine: engines[0]!, waitNs: waitMs * 1e6 };
  return { kind: 'linear', engine: engines[0]! };
}

/** The same decisions as the simulation takes, as a table. */
export function launchRule(policy: ServingPolicy): LaunchRule {
  switch (policy.kind) {
    case 'linear':
      return { fullAt: 1, waitNs: 0, engineFor: Int32Array.of(0, 0) };
    case 'batch':
      return { fullAt: policy.engine.batch, waitNs: policy.waitNs, engineFor: Int32Array.of(0, 0) };
    case 'multi-engine':
      return { fullAt: 1, waitNs: 0, engineFor: firstLaunches(splitTable(policy.engines, queueHorizon)) };
  }
}

/** The times of each engine's launches in the order in which they happened; the last one again when the simulation launches more. */
function replay(
  points: readonly LatencyPoint[],
  { launchEngine, launchNs }: ServingOutcome,
): (engine: LatencyPoint) => number {
  const queues = new Map(
    points.map((point, index) => [point, { times: launchNs.filter((_, at) => launchEngine[at] === index), next: 0 }]),
  );
  return (engine) => {
    const queue = queues.get(engine)!;
    return queue.times[Math.min(queue.next++, queue.times.length - 1)] ?? engine.timeNs;
  };
}

function launchesOf(point: LatencyPoint, index: number, outcome: ServingOutcome): ServingProof['launches'][number] {
  const served = outcome.launchNs.filter((_, at) => outcome.launchEngine[at] === index);
  const medianOf = (times: Float64Array) => (times.length === 0 ? null : Math.round(median([...times])));
  return {
    batch: point.batch,
    forecastNs: point.timeNs,
    rehearsedNs: medianOf(outcome.rehearsedNs[index]!),
    servedNs: medianOf(served),
    count: served.length,
  };
}

function simulatedFigures(
  arrivalsNs: Float64Array,
  policy: ServingPolicy,
  seed: number,
  serviceNs: ((engine: LatencyPoint) => number) | undefined,
): ServingFigures {
  const options = { instances: 1, timeLimitNs: null, seed, ...(serviceNs !== undefined && { serviceNs }) };
  const { throughputPerS, latency } = simulateServing(arrivalsNs, policy, options);
  const { p50Ns, p95Ns, p99Ns } = latency;
  return { throughputPerS, p50Ms: p50Ns / 1e6, p95Ms: p95Ns / 1e6, p99Ms: p99Ns / 1e6 };
}

function servedFigures({ latenciesNs, spanNs }: ServingOutcome): ServingFigures {
  const sorted = latenciesNs.slice().sort();
  const at = (p: number) => (sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? 0) / 1e6;
  return { throughputPerS: (sorted.length / spanNs) * 1e9, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

async function whileSampling<T>(sampler: RunningSampler, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    await sampler.stop();
  }
}

function meanOf(samples: readonly TelemetrySample[], key: 'cpuSteal' | 'otherLoad'): number | null {
  const known = samples.flatMap((sample) => sample[key] ?? []);
  return known.length === 0 ? null : mean(known);
}

function ratioOf(served: ServingFigures, simulated: ServingFigures): { throughput: number; p99: number } {
  return { throughput: served.throughputPerS / simulated.throughputPerS, p99: served.p99Ms / simulated.p99Ms };
}
