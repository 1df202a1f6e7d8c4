import type { Arrivals, Bursts } from './arrivals.js';
import type { LeftOut } from './curves-from-results.js';
import type { LatencyCurve } from './latency-curve.js';

export type Way = 'linear' | 'batch' | 'multi-engine';

export interface RolloutRequest {
  /** Curves of the variants that may be proposed: those that fail accuracy are left out by the caller, with the reason. */
  curves: readonly LatencyCurve[];
  /** Bound on the 99th percentile of arrival-to-completion, ns. */
  p99Ns: number;
  /** Requests per second; null = the highest rate under the bound on `maxInstances` devices. */
  ratePerS: number | null;
  /** Batch sizes that engines may have; null = those measured. */
  batches: readonly number[] | null;
  /** Ways that may be planned; null = all three. */
  ways: readonly Way[] | null;
  /** A recorded trace of arrival times, ns, stretched to the rate; null = Poisson, or bursts. */
  trace: Arrivals | null;
  /** Arrivals in bursts; null = none. */
  bursts: Bursts | null;
  /** A request that waited longer than this when its turn comes is dropped, ns; null = never. */
  timeLimitNs: number | null;
  /** Price of one device for an hour, any currency; null = unknown. */
  pricePerHour: number | null;
  /** Memory of one device for engines, bytes; null = not limited. */
  memoryBytes: number | null;
  maxInstances: number;
  seed: number;
  /** Requests in each simulation of the search; the plan itself is simulated over more. */
  requests: number;
}

export interface RolloutPlan {
  variant: string;
  policy: Way;
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
  maxMs: number;
  /** Busy share of the devices, 0..1. */
  utilization: number;
  /** Waiting requests: mean over time, and the most seen at a launch. */
  queue: { mean: number; max: number };
  /** The time limit, ms; null without one. */
  dropAfterMs: number | null;
  /** Share of the requests that are dropped under the time limit, 0..1; null without a limit. */
  dropped: number | null;
  /** Device memory of the engines of one device; null where unknown. */
  memoryBytes: number | null;
  costPerMillion: number | null;
}

/** A way to serve a variant that has no plan, and why. */
export interface Unmet {
  variant: string;
  policy: Way;
  reason: string;
}

export interface RolloutAnswer {
  /** The best plan; `alternatives` holds the best of every other variant and way that holds the bound. */
  plan: (RolloutPlan & { alternatives: RolloutPlan[] }) | null;
  /** Why there is no plan; null when there is one. */
  reason: string | null;
  sentence: string;
  unmet: Unmet[];
  /** Engines that were not considered. */
  leftOut: LeftOut[];
}

export const nsPerMs = 1e6;
