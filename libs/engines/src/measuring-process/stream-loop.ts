import type { RoundPlan } from '../port.js';
import { collectBetweenRuns } from './garbage.js';
import type { MeasuredSession } from './session.js';

/** Shared memory of the streams of one round: its cells are counted up by all of them. */
export type Gate = Int32Array<SharedArrayBuffer>;

/** When each kept run of one stream began and ended, ns on the monotonic clock that the threads of a host share. */
export interface StreamRuns {
  startsNs: Float64Array;
  endsNs: Float64Array;
}

/** Runs one stream of a round; the others of the round are given the same plan and gate. */
export type Stream = (plan: RoundPlan, streams: number, gate: Gate) => Promise<StreamRuns>;

/** Runs that one stream keeps of a round; the round ends when they are used up (2 s at 30 us a run). */
const runCapacity = 1 << 16;

/** Cells of a gate. */
const arrived = 0;
const results = 1;
const streamsWithResult = 2;
const over = 3;

const now = (): number => Number(process.hrtime.bigint());
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export function newGate(): Gate {
  return new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT));
}

/**
 * One of several streams that run at once, each back to back over buffers of its own. As `measureRound`, but for what has to
 * be agreed on: all begin together, after a discarded run each; results count over all streams, and the one that reaches the
 * plan's minima (or its cap) ends the round for all. Each stream keeps at least one run.
 */
export function createStream({ runOnce, garbageBytes }: Pick<MeasuredSession, 'runOnce' | 'garbageBytes'>): Stream {
  /** Allocated once for the life of the stream. */
  const startsNs = new Float64Array(runCapacity);
  const endsNs = new Float64Array(runCapacity);
  return async (plan, streams, gate) => {
    const tidy = collectBetweenRuns(garbageBytes);
    const enough = Math.max(plan.minRuns, streams);
    const calledNs = now();
    let count = 0;
    try {
      await runOnce();
      await allArrived(streams, gate);
      // Waiting for the others is not measuring: it counts towards the cap only.
      const beganNs = now();
      do {
        startsNs[count] = now();
        await runOnce();
        const endNs = now();
        endsNs[count++] = endNs;
        if (count === 1) Atomics.add(gate, streamsWithResult, 1);
        const soFar = Atomics.add(gate, results, 1) + 1;
        tidy();
        const long = endNs - beganNs >= plan.minDurationMs * 1e6;
        const steady = soFar >= enough && long && Atomics.load(gate, streamsWithResult) === streams;
        const capped = endNs - calledNs >= plan.maxDurationMs * 1e6;
        if (steady || capped || count === runCapacity) Atomics.store(gate, over, 1);
      } while (Atomics.load(gate, over) === 0);
    } catch (error) {
      // The others must not wait for a stream that failed.
      Atomics.store(gate, over, 1);
      Atomics.add(gate, arrived, streams);
      throw error;
    }
    return { startsNs: startsNs.slice(0, count), endsNs: endsNs.slice(0, count) };
  };
}

/** Waits by turns of the event loop: who sleeps here would begin later than the others. */
async function allArrived(streams: number, gate: Gate): Promise<void> {
  Atomics.add(gate, arrived, 1);
  while (Atomics.load(gate, arrived) < streams) await turn();
}
