import type { TensorMap } from '../port.js';

/** What the measuring process holds: one engine with its inputs and outputs bound to buffers that are never replaced. */
export interface MeasuredSession {
  readonly loadNs: number;
  /** Bytes of JavaScript garbage that a run leaves behind. */
  readonly garbageBytes: number;
  /** One execution of the batch over the bound buffers. */
  readonly runOnce: () => Promise<unknown>;
  /** One execution over other inputs of the same shapes; outputs are copies. */
  infer(inputs: TensorMap): Promise<TensorMap>;
}
