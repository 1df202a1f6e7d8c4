import type { OrtSessionOptions } from '../measuring-process/messages.js';
import type { TensorMap } from '../port.js';

/** One engine of a plan: a fixed batch size, with the inputs that every launch runs. */
export interface ServedEngine {
  batch: number;
  modelPath: string;
  options: OrtSessionOptions;
  inputs: TensorMap;
}

/** When to launch, as numbers, so that the serving process decides without the planner. Times ns. */
export interface LaunchRule {
  /** Launch at once when this many wait. */
  fullAt: number;
  /** Launch anyway when the oldest has waited this long. */
  waitNs: number;
  /** Index into the engines for n waiting requests; longer queues take the last entry. */
  engineFor: Int32Array;
}

/** What the serving process is told. Arrivals are absolute, on the monotonic clock that all processes of a host share. */
export type ServingRequest =
  | { type: 'load'; engines: ServedEngine[]; rule: LaunchRule; requests: number; warmUpMs: number; rehearsalMs: number }
  | { type: 'arrivals'; scheduledNs: Float64Array };

export type ServingReply =
  | { type: 'ready'; rehearsedNs: Float64Array[] }
  | { type: 'failed'; message: string }
  | { type: 'done'; outcome: ServedRequests };

/** What was served. Raw times, ns. */
export interface ServedRequests {
  /** From the scheduled arrival (open loop: a late generator does not hide a queue) to completion, in order of launch. */
  latenciesNs: Float64Array;
  /** First scheduled arrival to last completion. */
  spanNs: number;
  padding: number;
  /** Of each launch, in order: index of its engine, and the time from the decision to launch to completion. */
  launchEngine: Int32Array;
  launchNs: Float64Array;
}

export interface ServingOutcome extends ServedRequests {
  /** Launch times of each engine in the serving process just before the load, in order: how it runs there, not in rounds. */
  rehearsedNs: Float64Array[];
}
