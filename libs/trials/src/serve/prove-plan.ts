import {
  firstLaunches,
  simulateServing,
  splitTable,
  type Arrivals,
  type LatencyPoint,
  type RolloutPlan,
  type ServingPolicy,
} from '@octet/domain';
import { serveLoad, type LaunchRule, type ServedEngine } from '@octet/engines';

/** Throughput and latency of one way of serving. */
export interface ServingFigures {
  throughputPerS: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** A plan's forecast beside what real load on this machine gave. Ratios are served / forecast. */
export interface RolloutProof {
  requests: number;
  seconds: number;
  forecast: ServingFigures;
  served: ServingFigures & { launches: number; padding: number };
  ratio: { throughput: number; p99: number };
}

export interface ProofRequest {
  plan: Pick<RolloutPlan, 'policy' | 'waitMs'>;
  /** The plan's engines, ascending by batch: measured point (with samples) and what is served. */
  engines: { point: LatencyPoint; served: ServedEngine }[];
  arrivals: Arrivals;
  seed: number;
  signal: AbortSignal;
}

const queueHorizon = 512;
const warmUpMs = 1000;

/**
 * Serves the arrivals with the plan's engines in a process of their own and sets the result beside the forecast of the simulation
 * over the same arrivals, its service times drawn from the measured rounds.
 *
 * @throws OctetError as `serveLoad`.
 */
export async function provePlan(request: ProofRequest): Promise<RolloutProof> {
  const { arrivals, seed, signal } = request;
  const policy = policyOf(request);
  const simulated = simulateServing(arrivals, policy, { instances: 1, timeLimitNs: null, seed });
  const engines = request.engines.map(({ served }) => served);
  const outcome = await serveLoad({ engines, rule: launchRule(policy), arrivalsNs: arrivals, warmUpMs, signal });
  const forecast = { throughputPerS: simulated.throughputPerS, ...percentiles(simulated.latency) };
  const served = servedFigures(outcome.latenciesNs, outcome.spanNs);
  return {
    requests: arrivals.length,
    seconds: outcome.spanNs / 1e9,
    forecast,
    served: { ...served, launches: outcome.launches, padding: outcome.padding },
    ratio: { throughput: served.throughputPerS / forecast.throughputPerS, p99: served.p99Ms / forecast.p99Ms },
  };
}

function policyOf({ plan, engines }: ProofRequest): ServingPolicy {
  const points = engines.map(({ point }) => point);
  if (plan.policy === 'multi-engine') return { kind: 'multi-engine', engines: points };
  if (plan.policy === 'batch') return { kind: 'batch', engine: points[0]!, waitNs: plan.waitMs * 1e6 };
  return { kind: 'linear', engine: points[0]! };
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

function percentiles(latency: { p50Ns: number; p95Ns: number; p99Ns: number }): Omit<ServingFigures, 'throughputPerS'> {
  return { p50Ms: latency.p50Ns / 1e6, p95Ms: latency.p95Ns / 1e6, p99Ms: latency.p99Ns / 1e6 };
}

function servedFigures(latenciesNs: Float64Array, spanNs: number): ServingFigures {
  const sorted = latenciesNs.slice().sort();
  const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? 0;
  return {
    throughputPerS: (sorted.length / spanNs) * 1e9,
    ...percentiles({ p50Ns: at(0.5), p95Ns: at(0.95), p99Ns: at(0.99) }),
  };
}
