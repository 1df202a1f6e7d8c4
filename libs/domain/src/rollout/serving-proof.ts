import type { LatencyPoint } from './latency-curve.js';
import type { Way } from './rollout-plan.js';

/** Throughput and latency of one way of serving. */
export interface ServingFigures {
  throughputPerS: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
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

/** A plan's forecast beside what real load gave. Simulations are over the arrivals that were served. Ratios are served / simulated. */
export interface ServingProof {
  plan: ServedPlan;
  requests: number;
  seconds: number;
  seed: number;
  /** From the curves that the plan was made of. */
  forecast: ServingFigures;
  /** From launches rehearsed in the serving process just before: what serving adds to an engine's measured time is in it. */
  rehearsed: ServingFigures;
  /** From the times that the launches took under the load: what is left is the error of the queue's model. */
  replayed: ServingFigures;
  served: ServingFigures & { launches: number; padding: number };
  ratio: { throughput: number; p99: number };
  rehearsedRatio: { throughput: number; p99: number };
  replayedRatio: { throughput: number; p99: number };
  /** While it served: CPU time stolen by the hypervisor and used by other processes, mean shares 0..1; null where unknown. */
  host: { cpuSteal: number | null; otherLoad: number | null };
  /** Medians of one launch of each engine, ns: as planned with, as rehearsed, under the load (null: never launched). */
  launches: { batch: number; forecastNs: number; rehearsedNs: number | null; servedNs: number | null; count: number }[];
}

/** A trial that serves load instead of comparing variants: part of its spec. */
export interface ServeSpec {
  plan: ServedPlan;
  seconds: number;
  seed: number;
  /** The plan's engines as it was planned with, samples included: the forecast is made of them. */
  points: LatencyPoint[];
}
