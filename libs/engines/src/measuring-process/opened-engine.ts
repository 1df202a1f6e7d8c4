import type { RoundPlan, TensorMap } from '../port.js';
import { measureRound, warmUp } from './loop.js';
import type { MeasuredSession } from './session.js';
import { createStream, type Stream } from './stream-loop.js';

/** What the measuring process holds and measures: one session, or several of the same engine that run at once. */
export interface OpenedEngine {
  readonly loadNs: number;
  /** Resolves to the runs made. */
  warmUp(minMs: number): Promise<number>;
  /** ns. */
  measureRound(plan: RoundPlan): Promise<Float64Array>;
  infer(inputs: TensorMap): Promise<TensorMap>;
  /** One stream of a round; null where this is several of them. */
  stream: Stream | null;
}

/** One session, run back to back. */
export function singleEngine(session: MeasuredSession): OpenedEngine {
  let stream: Stream | null = null;
  return {
    loadNs: session.loadNs,
    warmUp: (minMs) => warmUp(session, minMs),
    measureRound: (plan) => measureRound(session, plan),
    infer: (inputs) => session.infer(inputs),
    stream: (...round) => (stream ??= createStream(session))(...round),
  };
}
