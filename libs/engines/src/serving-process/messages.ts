import type { OrtSessionOptions } from '../measuring-process/messages.js';
import type { TensorMap } from '../port.js';

/** One engine of a plan: a fixed batch size, with the inputs that every launch copies in and runs. */
export interface ServedEngine {
  batch: number;
  modelPath: string;
  options: OrtSessionOptions;
  inputs: TensorMap;
}

/** When to launch, as numbers, so that the serving process decides without the planner. Times ns. */
export interface LaunchRule {
  kind: 'rule';
  /** Launch at once when this many wait. */
  fullAt: number;
  /** Launch anyway when the oldest has waited this long. */
  waitNs: number;
  /** Index into the engines for n waiting requests; longer queues take the last entry. */
  engineFor: Int32Array;
}

/** A rehearsal: each request alone, in order, on the engine that is laid down for it; its batch is padded. */
export interface LaunchScript {
  kind: 'script';
  /** Index into the engines for each request. */
  engineOf: Int32Array;
}

/**
 * What the serving process is told: engines once, then any number of loads, one after another, each followed by its arrivals.
 * Arrivals are absolute, on the monotonic clock that all processes of a host share.
 */
export type ServingRequest =
  | { type: 'load'; engines: ServedEngine[]; warmUpMs: number }
  | { type: 'serve'; launches: LaunchRule | LaunchScript; requests: number }
  | { type: 'arrivals'; scheduledNs: Float64Array };

export type ServingReply =
  { type: 'ready' } | { type: 'failed'; message: string } | { type: 'done'; outcome: ServedRequests };

/** What was served. Raw times, ns. Of each launch, in order: */
export interface ServedRequests {
  /** From the scheduled arrival (open loop: a late generator does not hide a queue) to completion, in order of launch. */
  latenciesNs: Float64Array;
  /** First scheduled arrival to last completion. */
  spanNs: number;
  padding: number;
  /** Index of its engine. */
  launchEngine: Int32Array;
  /** From the decision to launch to completion: inputs copied in, and the engine. */
  launchNs: Float64Array;
  /**
   * From the moment when the launch was due and the engines were free to the decision: what serving costs between launches
   * (a turn of the event loop, arrivals read, garbage collected).
   */
  overheadNs: Float64Array;
  /** 1 where the engines stood idle before it. */
  launchIdle: Uint8Array;
}
