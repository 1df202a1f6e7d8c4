import type { RandomSource } from '../statistics/random.js';
import type { LatencyPoint } from './latency-curve.js';

/** Time that the next launch of an engine occupies its device, ns; `afterIdle`: the device was free when the launch was due. */
export type ServiceTimes = (engine: LatencyPoint, afterIdle: boolean) => number;

/** Mean length of a run of measured times that is replayed in one piece. */
const meanRun = 64;

/**
 * An engine's median where there are no samples, else measured times replayed in runs of random start and length (stationary
 * bootstrap, Politis and Romano 1994): slow spells of a machine last longer than one launch, and queues remember them. Where it is
 * known which samples began idle, a launch starts at, and goes on to, samples of its own kind.
 */
export function drawnServiceTimes(random: RandomSource): ServiceTimes {
  const cursors = new Map<LatencyPoint, number>();
  return (engine, afterIdle) => {
    const samples = engine.samplesNs;
    if (samples === null || samples.length === 0) return engine.timeNs;
    const kind = kindOf(engine, afterIdle);
    const last = cursors.get(engine);
    const jumps = last === undefined || random() * meanRun < 1;
    const cursor = jumps
      ? kind.positions[Math.floor(random() * kind.positions.length)]!
      : kind.next[(last + 1) % samples.length]!;
    cursors.set(engine, cursor);
    return samples[cursor]!;
  };
}

/** The samples of one kind: where they are, and for every position the next of them, round the end. */
interface Kind {
  positions: Int32Array;
  next: Int32Array;
}

/** Of each engine: busy and idle launches. Looked up at every launch. */
const kinds = new WeakMap<LatencyPoint, [Kind, Kind]>();

function kindOf(engine: LatencyPoint, afterIdle: boolean): Kind {
  let known = kinds.get(engine);
  if (known === undefined) {
    known = [kindAmong(engine, false), kindAmong(engine, true)];
    kinds.set(engine, known);
  }
  return known[afterIdle ? 1 : 0];
}

/** All samples where kinds are not known, or where there is none of this one. */
function kindAmong({ samplesNs, afterIdle }: LatencyPoint, wanted: boolean): Kind {
  const count = samplesNs?.length ?? 0;
  const known = afterIdle?.includes(wanted) ?? false;
  const belongs = (at: number) => !known || afterIdle![at] === wanted;
  const positions = Int32Array.from({ length: count }, (_, at) => at).filter(belongs);
  const next = new Int32Array(count);
  for (let at = count - 1, ahead = positions[0] ?? 0; at >= 0; at--) {
    if (belongs(at)) ahead = at;
    next[at] = ahead;
  }
  return { positions, next };
}
