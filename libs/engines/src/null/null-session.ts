import type { TensorMap } from '../port.js';
import type { MeasuredSession } from '../measuring-process/session.js';

/** Runs nothing at all: what is measured is two clock readings, one call and one await. */
export function openNullSession(): MeasuredSession {
  return { loadNs: 0, garbageBytes: 0, runOnce: doNothing, infer: (): Promise<TensorMap> => Promise.resolve({}) };
}

function doNothing(): Promise<void> {
  return settled;
}

const settled = Promise.resolve();
