import { derivedSeed } from '../statistics/random.js';
import { candidateGroups, capacityPerS, enginesOf, type CandidateGroup } from './candidates.js';
import { Evaluator, type Holding } from './evaluate.js';
import { planSentence, round } from './plan-sentence.js';
import { nsPerMs, type RolloutAnswer, type RolloutPlan, type RolloutRequest, type Unmet } from './rollout-plan.js';
import type { ServingPolicy } from './simulate.js';

/** Requests of the first, rough look at every policy; so many of them are looked at in full. */
const screeningRequests = 4000;
const kept = 6;
/** Of these, at most so many are simulated over fresh arrivals: what seemed best on one sample flatters itself. */
const confirmed = 3;
/** Length of the confirming simulation, in requests of the search: at least, at most. */
const confirmingLength = { least: 4, most: 12 };

/**
 * The best way to serve: for a rate, the fewest devices (then the lowest p99) that hold the bound; without one, the highest rate
 * under the bound. Each variant and way is searched by itself: all its policies roughly, the best in full, the very best again
 * over fresh and longer arrivals, whose figures are those of the plan. Deterministic for a seed.
 */
export function planRollout(request: RolloutRequest): RolloutAnswer {
  const found = request.curves.map((curve) => candidateGroups(curve, request));
  const groups = found.flatMap((each) => each.groups.filter(({ way }) => request.ways?.includes(way) ?? true));
  const leftOut = found.flatMap((each) => each.leftOut);
  const search = new Search(request);
  const plans: RolloutPlan[] = [];
  const unmet: Unmet[] = [];
  for (const group of groups) {
    const holding = search.bestOf(group);
    const { variant, way: policy } = group;
    if (holding !== null) plans.push(describe(variant, holding, request));
    else
      unmet.push({
        variant,
        policy,
        reason: group.policies.length === 0 ? group.missing : search.notHeld(group.policies),
      });
  }
  if (plans.length === 0) {
    const policies = groups.flatMap((group) => group.policies);
    const reason = policies.length === 0 ? noEngine(request) : search.notHeld(policies);
    return { plan: null, reason, sentence: `No plan: ${reason}.`, unmet, leftOut };
  }
  const [best, ...alternatives] = plans.sort((a, b) => comparePlans(a, b, request.ratePerS));
  const sentence = planSentence(best!, alternatives, request);
  return { plan: { ...best!, alternatives }, reason: null, sentence, unmet, leftOut };
}

class Search {
  private readonly rough: Evaluator;
  private readonly full: Evaluator;

  constructor(private readonly request: RolloutRequest) {
    const { requests, seed } = request;
    this.rough = new Evaluator(request, Math.min(requests, screeningRequests), seed);
    this.full = new Evaluator(request, requests, seed);
  }

  bestOf({ policies }: CandidateGroup): Holding | null {
    const roughly = policies.length <= kept ? policies : this.screen(policies);
    const held = this.evaluate(this.full, roughly);
    const finer = this.evaluate(this.full, held.slice(0, 1).flatMap(nearbyWaits));
    const ranked = [...held, ...finer].sort(this.compare);
    return this.confirmBest(ranked.slice(0, confirmed));
  }

  /** Why none of them holds the bound, and how near they come. */
  notHeld(policies: readonly ServingPolicy[]): string {
    const { p99Ns, ratePerS, maxInstances, timeLimitNs } = this.request;
    const devices = maxInstances === 1 ? 'one device' : `up to ${maxInstances} devices`;
    const bound = `p99 <= ${p99Ns / nsPerMs} ms`;
    if (ratePerS === null) return `no rate holds ${bound} on ${devices}; allow more devices or a looser bound`;
    const most = Math.max(...policies.map(capacityPerS)) * maxInstances;
    if (ratePerS > most)
      return `${round(ratePerS)}/s is more than ${devices} can serve (${round(most)}/s); allow more devices or a lower rate`;
    const nearest = timeLimitNs === null ? this.nearest(policies, ratePerS) : 'with 1 % dropped at most';
    return `no way of serving ${round(ratePerS)}/s holds ${bound} on ${devices} (${nearest}); allow more devices, a looser bound or a lower rate`;
  }

  private nearest(policies: readonly ServingPolicy[], ratePerS: number): string {
    const { p99Ns, maxInstances } = this.request;
    const least = Math.min(...policies.map((policy) => this.rough.p99NsAt(policy, ratePerS, maxInstances)));
    if (least <= p99Ns) return 'it is about there: some simulations hold it, others do not';
    return `about ${round(least / nsPerMs)} ms at best`;
  }

  /** The best once confirmed; one whose unconfirmed figures are worse already can not overtake. */
  private confirmBest(ranked: readonly Holding[]): Holding | null {
    let best: Holding | null = null;
    for (const holding of ranked) {
      if (best !== null && this.compare(best, holding) <= 0) break;
      const sure = this.confirm(holding);
      if (sure !== null && (best === null || this.compare(sure, best) < 0)) best = sure;
    }
    return best;
  }

  /** The best by a short simulation; those that miss the bound in it come last, as it may have been unlucky. */
  private screen(policies: readonly ServingPolicy[]): ServingPolicy[] {
    const held = this.evaluate(this.rough, policies).map(({ policy }) => policy);
    return [...held, ...policies.filter((policy) => !held.includes(policy))].slice(0, kept);
  }

  private evaluate(evaluator: Evaluator, policies: readonly ServingPolicy[]): Holding[] {
    const held: Holding[] = [];
    let { maxInstances: most } = this.request;
    let floor = 0;
    for (const policy of policies) {
      const { ratePerS, maxInstances } = this.request;
      const holding =
        ratePerS === null
          ? evaluator.highestRate(policy, maxInstances, floor)
          : evaluator.fewestInstances(policy, ratePerS, 1, most);
      if (holding === null) continue;
      held.push(holding);
      // What needs one device more, or serves 5 % less, is not looked at further.
      most = Math.min(most, holding.instances + (evaluator === this.rough ? 1 : 0));
      floor = Math.max(floor, holding.ratePerS * (ratePerS === null ? 0.95 : 0));
    }
    return held.sort(this.compare);
  }

  /** Once more over fresh arrivals, longer the nearer to saturation: a busy queue takes long to show its tail. */
  private confirm(holding: Holding): Holding | null {
    const { request } = this;
    const { policy, instances, ratePerS } = holding;
    const load = ratePerS / (capacityPerS(policy) * instances);
    const largest = Math.max(...enginesOf(policy).map((engine) => engine.batch));
    const settle = (20 * largest * instances) / Math.max(1e-3, 1 - load) ** 2;
    const length = Math.max(confirmingLength.least, Math.min(confirmingLength.most, settle / request.requests));
    const fresh = new Evaluator(request, Math.round(length * request.requests), derivedSeed(request.seed, 1));
    if (request.ratePerS !== null) return fresh.fewestInstances(policy, ratePerS, instances, request.maxInstances);
    return fresh.highestRateUpTo(policy, ratePerS, instances);
  }

  private readonly compare = (a: Holding, b: Holding): number =>
    this.request.ratePerS === null
      ? b.ratePerS - a.ratePerS || a.result.latency.p99Ns - b.result.latency.p99Ns
      : a.instances - b.instances || a.result.latency.p99Ns - b.result.latency.p99Ns;
}

/** Waits about the best one of the grid. */
function nearbyWaits({ policy }: Holding): ServingPolicy[] {
  if (policy.kind !== 'batch' || policy.waitNs === 0) return [];
  return [0.75, 0.87, 1.15, 1.3].map((factor) => ({ ...policy, waitNs: Math.round(policy.waitNs * factor) }));
}

function noEngine({ curves, p99Ns, memoryBytes }: RolloutRequest): string {
  const times = curves.flatMap((curve) => curve.points.map((point) => point.timeNs));
  const fastest = Math.min(...times);
  if (times.length === 0) return 'no engine may be served: nothing was measured, or all of it is left out';
  if (fastest > p99Ns)
    return `the fastest engine alone takes ${round(fastest / nsPerMs)} ms, over the bound of ${p99Ns / nsPerMs} ms; ask for a looser bound or a faster device`;
  const memory = memoryBytes === null ? '' : ', fits the memory limit (or its memory is not known)';
  return `no engine: none of the wanted batch sizes was measured${memory} and answers within the bound`;
}

function describe(variant: string, holding: Holding, request: RolloutRequest): RolloutPlan {
  const { policy, instances, ratePerS, result } = holding;
  const { latency, served, dropped, queue, utilization } = result;
  const engines = enginesOf(policy);
  const memory = engines.map((engine) => engine.memoryBytes);
  return {
    variant,
    policy: policy.kind,
    engines: engines.map((engine) => engine.batch),
    interpolated: engines.filter((engine) => engine.interpolated).map((engine) => engine.batch),
    waitMs: policy.kind === 'batch' ? policy.waitNs / nsPerMs : 0,
    instances,
    streams: 1,
    throughputPerS: ratePerS,
    p50Ms: latency.p50Ns / nsPerMs,
    p95Ms: latency.p95Ns / nsPerMs,
    p99Ms: latency.p99Ns / nsPerMs,
    maxMs: latency.maxNs / nsPerMs,
    utilization,
    queue,
    dropAfterMs: request.timeLimitNs === null ? null : request.timeLimitNs / nsPerMs,
    dropped: request.timeLimitNs === null ? null : dropped / Math.max(1, served + dropped),
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
