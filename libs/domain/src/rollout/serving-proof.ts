import type { LatencyPoint } from './latency-curve.js';
import type { Way } from './rollout-plan.js';

/** Throughput and latency of one way of serving. */
export interface ServingFigures {
  throughputPerS: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /**
   * 95 % interval of the p99: of served requests from the spread between blocks of them, of a simulation from 39 draws of the
   * service times over the same arrivals. null where unknown.
   */
  p99Interval: { lowMs: number; highMs: number } | null;
}

/** What is served to prove a plan: one device of it, under its share of the rate. */
export interface ServedPlan {
  variant: string;
  policy: Way;
  /** Batch sizes, ascending. */
  engines: number[];
  waitMs: number;
  /** Requests per second of the one device. */
  ratePerS: number;
}

/** How long the launches of one engine occupied the device, ns. null: not launched, or only a median is known. */
export interface ServedLaunches {
  batch: number;
  /** Launches under the load. */
  count: number;
  /** Median and 99th percentile: as planned with, as rehearsed just before, under the load. */
  forecastNs: number;
  forecastP99Ns: number | null;
  rehearsedNs: number | null;
  rehearsedP99Ns: number | null;
  servedNs: number | null;
  servedP99Ns: number | null;
  /** Of that, median time between launches: from the moment when the device was free to the decision to launch. */
  overheadNs: number | null;
}

/** Shares of CPU time that the hypervisor stole and that other processes used, means 0..1; null where unknown. */
export interface HostShares {
  cpuSteal: number | null;
  otherLoad: number | null;
}

/** One load that was served. Simulations are over its own arrivals. Ratios are served / simulated. */
export interface ServedLoad {
  requests: number;
  seconds: number;
  seed: number;
  /** From the curves that the plan was made of. */
  forecast: ServingFigures;
  /** From launches rehearsed in the serving process just before. */
  rehearsed: ServingFigures;
  /** From what the launches of this load occupied, in their order: what is left is the error of the queue's model. */
  replayed: ServingFigures;
  served: ServingFigures & { launches: number; padding: number };
  ratio: { throughput: number; p99: number };
  rehearsedRatio: { throughput: number; p99: number };
  replayedRatio: { throughput: number; p99: number };
  /** Launch times under the load / as planned with, over all launches. null where the plan knows only medians. */
  moved: { mean: number; median: number; p99: number | null };
  /** While it served, and while it rehearsed. */
  host: HostShares;
  rehearsalHost: HostShares;
  launches: ServedLaunches[];
}

/** Whether the forecast held, and if not, why. */
export interface ProofVerdict {
  held: boolean;
  reason: 'launches-moved' | 'queue-model' | null;
  sentence: string;
}

/**
 * A plan's forecast beside what real load gave: the figures are those of the load whose p99 ratio is the median of all
 * repetitions, so that one disturbed load does not decide.
 */
export interface ServingProof extends ServedLoad {
  plan: ServedPlan;
  /** Every load, in the order served. */
  repetitions: ServedLoad[];
  verdict: ProofVerdict;
}

/** A trial that serves load instead of comparing variants: part of its spec. */
export interface ServeSpec {
  plan: ServedPlan;
  /** Of each repetition. */
  seconds: number;
  seed: number;
  /** The plan's engines as it was planned with, samples included: the forecast is made of them. */
  points: LatencyPoint[];
}

/** Loads that one proof serves, each with a rehearsal before it. */
export const proofRepetitions = 3;
