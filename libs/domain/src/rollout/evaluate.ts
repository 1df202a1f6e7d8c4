import { burstyArrivals, poissonArrivals, traceArrivals, type Arrivals } from './arrivals.js';
import { capacityPerS } from './candidates.js';
import type { RolloutRequest } from './rollout-plan.js';
import { simulateServing, type ServingPolicy, type ServingResult } from './simulate.js';

/** A policy that holds the bound at a rate on so many devices, as simulated. */
export interface Holding {
  policy: ServingPolicy;
  instances: number;
  ratePerS: number;
  result: ServingResult;
}

/** Highest load planned with: nearer to 1 no simulation of finite length tells whether the queue is stable. */
const highestLoad = 0.995;
/** Requests that may be dropped: the 99th percentile is of all that arrived. */
const droppedShare = 0.01;

/** Simulates policies over the same arrivals: `requests` of them, from one seed, at any rate. */
export class Evaluator {
  private cached: { ratePerS: number; arrivals: Arrivals } | null = null;
  private readonly unit: Arrivals | null;

  constructor(
    private readonly request: RolloutRequest,
    private readonly requests: number,
    private readonly seed: number,
  ) {
    const poisson = request.trace === null && request.bursts === null;
    this.unit = poisson ? poissonArrivals(1, requests, seed) : null;
  }

  /** null when the policy does not hold the bound there. */
  at(policy: ServingPolicy, ratePerS: number, instances: number): Holding | null {
    const result = this.run(policy, ratePerS, instances);
    return this.holds(result, policy, ratePerS, instances) ? { policy, instances, ratePerS, result } : null;
  }

  /** What p99 comes to, bound or not. */
  p99NsAt(policy: ServingPolicy, ratePerS: number, instances: number): number {
    return this.run(policy, ratePerS, instances).latency.p99Ns;
  }

  /** The fewest devices that hold the bound, at least `least`, at most `most`. */
  fewestInstances(policy: ServingPolicy, ratePerS: number, least: number, most: number): Holding | null {
    const stable = Math.ceil(ratePerS / (capacityPerS(policy) * highestLoad) - 1e-9);
    for (let instances = Math.max(1, least, stable); instances <= most; instances++) {
      const result = this.run(policy, ratePerS, instances);
      if (this.holds(result, policy, ratePerS, instances)) return { policy, instances, ratePerS, result };
      if (result.delayed === 0) return null;
    }
    return null;
  }

  /** The highest rate under the bound; null when that is below `floor`, the rate that another has reached already. */
  highestRate(policy: ServingPolicy, instances: number, floor: number): Holding | null {
    const most = capacityPerS(policy) * instances * highestLoad;
    if (most < floor) return null;
    if (floor === 0) return this.bisect(policy, instances, 0, most, null);
    const start = this.at(policy, floor, instances);
    return start === null ? null : this.bisect(policy, instances, floor, most, start);
  }

  /** The highest rate under the bound that is not above `ratePerS`, looked for right below it first. */
  highestRateUpTo(policy: ServingPolicy, ratePerS: number, instances: number): Holding | null {
    const all = this.at(policy, ratePerS, instances);
    if (all !== null) return all;
    const most = this.at(policy, ratePerS * 0.93, instances);
    return most === null
      ? this.bisect(policy, instances, 0, ratePerS * 0.93, null)
      : this.bisect(policy, instances, most.ratePerS, ratePerS, most);
  }

  /** Bisection between a rate that holds (or 0) and one that may not, since p99 grows with the rate; to 0.2 %. */
  private bisect(policy: ServingPolicy, instances: number, from: number, to: number, held: Holding | null) {
    let [low, high, best] = [from, to, held];
    for (let step = 0; step < 24 && high - low > 0.002 * high; step++) {
      const rate = (low + high) / 2;
      const holding = this.at(policy, rate, instances);
      if (holding === null) high = rate;
      else [best, low] = [holding, rate];
    }
    return best;
  }

  private run(policy: ServingPolicy, ratePerS: number, instances: number): ServingResult {
    const { timeLimitNs } = this.request;
    return simulateServing(this.arrivalsAt(ratePerS), policy, { instances, timeLimitNs, seed: this.seed + 1 });
  }

  private holds(result: ServingResult, policy: ServingPolicy, ratePerS: number, instances: number): boolean {
    if (ratePerS > capacityPerS(policy) * instances * highestLoad * (1 + 1e-9)) return false;
    const { latency, served, dropped } = result;
    return latency.p99Ns <= this.request.p99Ns && dropped <= droppedShare * (served + dropped);
  }

  private arrivalsAt(ratePerS: number): Arrivals {
    if (this.cached?.ratePerS === ratePerS) return this.cached.arrivals;
    const arrivals = this.makeArrivals(ratePerS);
    this.cached = { ratePerS, arrivals };
    return arrivals;
  }

  private makeArrivals(ratePerS: number): Arrivals {
    const { trace, bursts } = this.request;
    if (trace !== null) return traceArrivals(trace, ratePerS);
    if (bursts !== null) return burstyArrivals(ratePerS, bursts, this.requests, this.seed);
    return this.unit!.map((time) => time / ratePerS);
  }
}
