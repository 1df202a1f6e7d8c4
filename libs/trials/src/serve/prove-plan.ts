import {
  derivedSeed,
  mean,
  poissonArrivals,
  proofRepetitions,
  servingProof,
  type HostShares,
  type LatencyPoint,
  type ServedLoad,
  type ServedPlan,
  type ServingProof,
  type TelemetrySample,
} from '@octet/domain';
import { withServingProcess, type ServedEngine, type ServingProcess } from '@octet/engines';
import { cpuTelemetry } from '../host/telemetry.js';
import { startSampler } from '../measure/sampler.js';
import { launchRule, policyOf } from './launch-rule.js';
import { rehearse, rehearsedPoint } from './rehearse.js';
import { drawnFigures, launchesOf, movedLaunches, ratioOf, replayedFigures, servedFigures } from './served-figures.js';

export interface ProofRequest {
  plan: ServedPlan;
  /** The plan's engines, ascending by batch: the point that was planned with (with samples), and what is served. */
  engines: { point: LatencyPoint; served: ServedEngine }[];
  /** Of each repetition. */
  seconds: number;
  seed: number;
  signal: AbortSignal;
}

/** Rehearsal of each engine before each load. */
const rehearsalSeconds = 2;
/** A 99th percentile of fewer says little. */
const fewestRequests = 100;

/**
 * Serves Poisson arrivals with the plan's engines in a process of their own, each time for about `seconds` and after a rehearsal, and
 * sets the results beside the forecasts of the simulation over the same arrivals.
 *
 * @throws OctetError of `withServingProcess`.
 */
export function provePlan(request: ProofRequest): Promise<ServingProof> {
  const { plan, engines, seed, signal } = request;
  const served = engines.map((each) => each.served);
  return withServingProcess(served, signal, async (server) => {
    const loads: ServedLoad[] = [];
    while (loads.length < proofRepetitions)
      loads.push(await serveOnce(server, request, derivedSeed(seed, loads.length)));
    return servingProof(plan, loads);
  });
}

async function serveOnce(server: ServingProcess, request: ProofRequest, seed: number): Promise<ServedLoad> {
  const { plan, seconds } = request;
  const points = request.engines.map(({ point }) => point);
  const requests = Math.max(fewestRequests, Math.round(plan.ratePerS * seconds));
  const arrivalsNs = poissonArrivals(plan.ratePerS, requests, seed);
  const policy = policyOf(plan, points);
  const rehearsal = await watchingHost(() => rehearse(server, points, rehearsalSeconds, seed));
  const load = await watchingHost(() => server.serve(launchRule(policy), arrivalsNs));
  const served = servedFigures(load.outcome);
  const forecast = drawnFigures(arrivalsNs, policy, seed);
  // What is launched when is decided by the plan's times, here as in serving.
  const rehearsedPoints = points.map((point, index) => ({
    ...rehearsedPoint(point, rehearsal.outcome[index]!),
    timeNs: point.timeNs,
  }));
  const rehearsed = drawnFigures(arrivalsNs, policyOf(plan, rehearsedPoints), seed);
  const replayed = replayedFigures(arrivalsNs, policy, points, load.outcome);
  const launches = launchesOf(points, load.outcome, rehearsal.outcome);
  return {
    requests,
    seconds: load.outcome.spanNs / 1e9,
    seed,
    forecast,
    rehearsed,
    replayed,
    served: { ...served, launches: load.outcome.launchNs.length, padding: load.outcome.padding },
    ratio: ratioOf(served, forecast),
    rehearsedRatio: ratioOf(served, rehearsed),
    replayedRatio: ratioOf(served, replayed),
    moved: movedLaunches(points, load.outcome, launches),
    host: load.host,
    rehearsalHost: rehearsal.host,
    launches,
  };
}

async function watchingHost<T>(run: () => Promise<T>): Promise<{ outcome: T; host: HostShares }> {
  const sampler = startSampler(cpuTelemetry(), () => performance.now());
  try {
    const outcome = await run();
    return { outcome, host: hostShares(sampler.samples) };
  } finally {
    await sampler.stop();
  }
}

function hostShares(samples: readonly TelemetrySample[]): HostShares {
  const of = (key: keyof HostShares) => {
    const known = samples.flatMap((sample) => sample[key] ?? []);
    return known.length === 0 ? null : mean(known);
  };
  return { cpuSteal: of('cpuSteal'), otherLoad: of('otherLoad') };
}
