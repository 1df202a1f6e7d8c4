import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Garbage that may lie around before it is collected. */
const allowance = 16 * 2 ** 20;

type Collect = (options: { type: 'minor' }) => void;

let collect: Collect | null = null;

/**
 * Collects between runs what the runs left, outside the time that is taken: the binding makes a new ArrayBuffer for each
 * output of each run, and with outputs of some MB the collector would strike inside every few runs (p90 up to 20 times the
 * median, seen with 4 MB).
 */
export function collectBetweenRuns(garbageBytes: number): () => void {
  let left = 0;
  return () => {
    left += garbageBytes;
    if (left < allowance) return;
    (collect ??= collector())({ type: 'minor' });
    left = 0;
  };
}

function collector(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
