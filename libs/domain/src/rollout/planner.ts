import { poissonArrivals, traceArrivals, traceRate, type Arrivals } from './arrivals.js';
import { selectEngines, type LatencyCurve, type LatencyPoint } from './latency-curve.js';
import { simulateServing, type ServingPolicy, type ServingResult } from './simulate.js';

export interface RolloutRequest {
  /** Curves of the variants that may be proposed: those that fail accuracy are left out by the caller, with the reason. */
  curves: readonly LatencyCurve[];
  /** Bound on the 99th percentile of arrival-to-completion, ns. */
  p99Ns: number;
  /** Requests per second; null = the highest rate under the bound on `maxInstances` devices. */
  ratePerS: number | null;
  /** Batch sizes that engines may have; null = those measured. */
  batches: readonly number[] | null;
  /** A recorded trace of arrival times, ns; null = Poisson. */
  trace: Arrivals | null;
  /** Price of one device for an hour, any currency; null = unknown. */
  pricePerHour: number | null;
  /** Memory of one device for engines, bytes; null = not limited. */
  memoryBytes: number | null;
  maxInstances: number;
  seed: number;
  /** Requests in each simulation; more make a p99 steadier. */
  requests: number;
}

export interface RolloutPlan {
  variant: string;
  policy: 'linear' | 'batch' | 'multi-engine';
  /** Batch sizes of the engines, ascending. */
  engines: number[];
  /** Those of them that nobody measured. */
  interpolated: number[];
  waitMs: number;
  /** Devices. */
  instances: number;
  /** Contexts on each device. */
  streams: number;
  throughputPerS: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  utilization: number;
  /** Device memory of the engines of one device; null where unknown. */
  memoryBytes: number | null;
  costPerMillion: number | null;
}

export interface RolloutAnswer {
  plan: (RolloutPlan & { alternatives: RolloutPlan[] }) | null;
  /** Why there is no plan; null when there is one. */
  reason: string | null;
  sentence: string;
}

interface Candidate {
  variant: string;
  policy: ServingPolicy;
}

const nsPerMs = 1e6;
/** Share of the slack under the bound that batch scheduling may spend on waiting. */
const waitShares = [0, 0.1, 0.25, 0.5, 0.75];
/** Exact enumeration of engine sets up to this many sizes; more are cut to the sets of neighbours in size. */
const enumerableSizes = 6;

/**
 * The best way to serve: for a rate, the fewest devices (then the lowest p99) that hold the bound; without one, the highest
 * rate under the bound. Every candidate (variant x way x engines x wait) is simulated over the same seeded arrivals.
 */
export function planRollout(request: RolloutRequest): RolloutAnswer {
  const candidates = request.curves.flatMap((curve) => candidatesOf(curve, request));
  if (candidates.length === 0)
    return noPlan(
      'no engine: none of the wanted batch sizes was measured, fits the memory or answers within the bound',
    );
  const plans = candidates.map((candidate) => bestOf(candidate, request)).filter((plan) => plan !== null);
  if (plans.length === 0) return noPlan(whyNone(request));
  const ranked = plans.sort((a, b) => comparePlans(a, b, request.ratePerS));
  const best = ranked[0]!;
  const alternatives = bestOfEach(ranked.slice(1), best);
  return { plan: { ...best, alternatives }, reason: null, sentence: planSentence(best, alternatives, request) };
}

function noPlan(reason: string): RolloutAnswer {
  return { plan: null, reason, sentence: `No plan: ${reason}.` };
}

function whyNone(request: RolloutRequest): string {
  const fastest = Math.min(...request.curves.flatMap((curve) => curve.points.map((point) => point.timeNs)));
  const bound = request.p99Ns / nsPerMs;
  if (fastest > request.p99Ns)
    return `the fastest engine alone takes ${round(fastest / nsPerMs)} ms, over the bound of ${bound} ms; ask for a looser bound or a faster device`;
  const rate = request.ratePerS === null ? 'any rate' : `${request.ratePerS}/s`;
  return `no way of serving ${rate} holds p99 <= ${bound} ms on up to ${request.maxInstances} devices; allow more devices (--max-instances), a looser bound or a lower rate`;
}

/** Every way worth simulating for one variant. */
function candidatesOf(curve: LatencyCurve, request: RolloutRequest): Candidate[] {
  const wanted = request.batches ?? curve.points.map((point) => point.batch);
  const engines = selectEngines(curve, wanted).points.filter(
    (point) => point.timeNs <= request.p99Ns && fits([point], request),
  );
  const policies: ServingPolicy[] = [];
  const single = engines.find((engine) => engine.batch === 1);
  if (single !== undefined) policies.push({ kind: 'linear', engine: single });
  for (const engine of engines.filter((point) => point.batch > 1))
    policies.push(...batchPolicies(engine, request.p99Ns));
  for (const set of engineSets(engines)) if (fits(set, request)) policies.push({ kind: 'multi-engine', engines: set });
  return policies.map((policy) => ({ variant: curve.variant, policy }));
}

function batchPolicies(engine: LatencyPoint, p99Ns: number): ServingPolicy[] {
  const slack = Math.max(0, p99Ns - engine.timeNs);
  return waitShares.map((share) => ({ kind: 'batch', engine, waitNs: Math.round(share * slack) }));
}

function fits(engines: readonly LatencyPoint[], request: RolloutRequest): boolean {
  if (request.memoryBytes === null) return true;
  return engines.reduce((sum, engine) => sum + (engine.memoryBytes ?? 0), 0) <= request.memoryBytes;
}

/** Sets of two engines or more: all of them for few sizes, else runs of neighbouring sizes. */
export function engineSets(engines: readonly LatencyPoint[]): LatencyPoint[][] {
  const sets: LatencyPoint[][] = [];
  if (engines.length <= enumerableSizes) {
    for (let mask = 1; mask < 1 << engines.length; mask++) {
      const set = engines.filter((_, index) => (mask >> index) & 1);
      if (set.length > 1) sets.push(set);
    }
    return sets;
  }
  for (let from = 0; from < engines.length; from++) {
    for (let to = from + 2; to <= engines.length; to++) sets.push(engines.slice(from, to));
  }
  return sets;
}

function bestOf(candidate: Candidate, request: RolloutRequest): RolloutPlan | null {
  return request.ratePerS === null
    ? highestRate(candidate, request)
    : fewestInstances(candidate, request, request.ratePerS);
}

function fewestInstances(candidate: Candidate, request: RolloutRequest, ratePerS: number): RolloutPlan | null {
  const arrivals = arrivalsAt(request, ratePerS);
  const least = Math.max(1, Math.ceil(ratePerS / capacityPerS(candidate.policy) - 1e-9));
  for (let instances = least; instances <= request.maxInstances; instances++) {
    const result = serve(candidate, arrivals, instances, request);
    if (holds(result, arrivals, request)) return describe(candidate, instances, ratePerS, result, request);
    if (instances > least + 2 && result.utilization < 0.3) return null;
  }
  return null;
}

/** Bisection on the rate: p99 grows with it. Ends at 1 %. */
function highestRate(candidate: Candidate, request: RolloutRequest): RolloutPlan | null {
  const instances = request.maxInstances;
  let low = 0;
  let high = capacityPerS(candidate.policy) * instances;
  let best: RolloutPlan | null = null;
  for (let step = 0; step < 12 && high - low > 0.01 * high; step++) {
    const rate = (low + high) / 2;
    const arrivals = arrivalsAt(request, rate);
    const result = serve(candidate, arrivals, instances, request);
    if (holds(result, arrivals, request)) {
      low = rate;
      best = describe(candidate, instances, rate, result, request);
    } else high = rate;
  }
  return best;
}

function serve(candidate: Candidate, arrivals: Arrivals, instances: number, request: RolloutRequest): ServingResult {
  return simulateServing(arrivals, candidate.policy, { instances, timeLimitNs: null, seed: request.seed + 1 });
}

/** Within the bound, and keeping up: a queue that grows without end serves less than what arrives. */
function holds(result: ServingResult, arrivals: Arrivals, request: RolloutRequest): boolean {
  return result.latency.p99Ns <= request.p99Ns && result.throughputPerS >= 0.98 * traceRate(arrivals);
}

function arrivalsAt(request: RolloutRequest, ratePerS: number): Arrivals {
  if (request.trace !== null) return traceArrivals(request.trace, ratePerS);
  return poissonArrivals(ratePerS, request.requests, request.seed);
}

/** Most requests per second of one device when the queue never empties. */
export function capacityPerS(policy: ServingPolicy): number {
  const engines = policy.kind === 'multi-engine' ? policy.engines : [policy.engine];
  return Math.max(...engines.map((engine) => (engine.batch / engine.timeNs) * 1e9));
}

function describe(
  candidate: Candidate,
  instances: number,
  ratePerS: number,
  result: ServingResult,
  request: RolloutRequest,
): RolloutPlan {
  const { policy } = candidate;
  const engines = policy.kind === 'multi-engine' ? policy.engines : [policy.engine];
  const memory = engines.map((engine) => engine.memoryBytes);
  return {
    variant: candidate.variant,
    policy: policy.kind,
    engines: engines.map((engine) => engine.batch),
    interpolated: engines.filter((engine) => engine.interpolated).map((engine) => engine.batch),
    waitMs: policy.kind === 'batch' ? policy.waitNs / nsPerMs : 0,
    instances,
    streams: 1,
    throughputPerS: ratePerS,
    p50Ms: result.latency.p50Ns / nsPerMs,
    p95Ms: result.latency.p95Ns / nsPerMs,
    p99Ms: result.latency.p99Ns / nsPerMs,
    utilization: result.utilization,
    memoryBytes: memory.some((bytes) => bytes === null) ? null : memory.reduce<number>((sum, bytes) => sum + bytes!, 0),
    costPerMillion: costPerMillion(request.pricePerHour, instances, ratePerS),
  };
}

/** Price of `instances` device-hours over the requests that they serve in that time, for a million. */
export function costPerMillion(pricePerHour: number | null, instances: number, ratePerS: number): number | null {
  if (pricePerHour === null || ratePerS <= 0) return null;
  return ((pricePerHour * instances) / (ratePerS * 3600)) * 1e6;
}

const simplicity = { linear: 0, batch: 1, 'multi-engine': 2 } as const;

function comparePlans(a: RolloutPlan, b: RolloutPlan, ratePerS: number | null): number {
  if (ratePerS !== null) {
    return (
      a.instances - b.instances ||
      a.p99Ms - b.p99Ms ||
      simplicity[a.policy] - simplicity[b.policy] ||
      a.engines.length - b.engines.length
    );
  }
  return b.throughputPerS - a.throughputPerS || simplicity[a.policy] - simplicity[b.policy] || a.p99Ms - b.p99Ms;
}

/** The best plan of every other (variant, way). */
function bestOfEach(ranked: readonly RolloutPlan[], best: RolloutPlan): RolloutPlan[] {
  const seen = new Set([`${best.variant} ${best.policy}`]);
  return ranked.filter((plan) => {
    const key = `${plan.variant} ${plan.policy}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function planSentence(best: RolloutPlan, alternatives: readonly RolloutPlan[], request: RolloutRequest): string {
  const engines =
    best.engines.length === 1 ? `an engine of batch ${best.engines[0]}` : `engines of batch ${best.engines.join(', ')}`;
  const devices = best.instances === 1 ? 'one device' : `${best.instances} devices`;
  const head = `${best.variant} by ${best.policy} scheduling with ${engines} serves ${round(best.throughputPerS)}/s with p99 ${round(best.p99Ms)} ms (bound ${round(request.p99Ns / nsPerMs)} ms) on ${devices}`;
  const rival = alternatives.find((plan) => plan.variant !== best.variant);
  if (rival === undefined) return `${head}.`;
  return `${head}: ${comparison(best, rival, request.ratePerS)}.`;
}

function comparison(best: RolloutPlan, rival: RolloutPlan, ratePerS: number | null): string {
  if (ratePerS === null)
    return `${round(best.throughputPerS / rival.throughputPerS)} times the best of ${rival.variant}${cheaper(best, rival)}`;
  if (rival.instances === best.instances)
    return `as many devices as ${rival.variant}, which has p99 ${round(rival.p99Ms)} ms`;
  return `${rival.variant} needs ${rival.instances}${cheaper(best, rival)}`;
}

function cheaper(best: RolloutPlan, rival: RolloutPlan): string {
  if (best.costPerMillion === null || rival.costPerMillion === null) return '';
  return `, ${Math.round((1 - best.costPerMillion / rival.costPerMillion) * 100)} % cheaper`;
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3)).toString();
}

/** Mean rate of the request's trace; null without one. */
export function impliedRate(trace: Arrivals | null): number | null {
  return trace === null ? null : traceRate(trace);
}
