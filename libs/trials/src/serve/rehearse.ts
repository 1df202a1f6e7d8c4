import { median, orderInterval, seededRandom, type LatencyCurve, type LatencyPoint } from '@octet/domain';
import { withServingProcess, type ServedEngine, type ServedRequests, type ServingProcess } from '@octet/engines';

/** Launches of one engine as a serving process runs it, in order. */
export interface RehearsedEngine {
  /** What each launch occupied: overhead and launch, ns. */
  occupiedNs: number[];
  afterIdle: boolean[];
  /** Medians of the turns. */
  turnsNs: number[];
}

/** Engines take turns, so that a spell of the machine meets all of them. */
const turns = 10;
/** Share of the time that an engine is to be busy: launches after a queue and after idle gaps, both. */
const load = 0.6;
/** Guess at what serving adds to a launch: only to keep the load of very quick engines near the one above. */
const guessedOverheadNs = 20_000;
const fewestInTurn = 3;
const mostInTurn = 4000;
/** Gap after a turn, in which most queues are worked off, in times of the engine. */
const restTimes = 2;

/**
 * Rehearses engines under the conditions of serving: Poisson arrivals sent by the generator, each request alone on one engine,
 * engines in turn, for about `secondsEach` of each.
 */
export async function rehearse(
  server: ServingProcess,
  points: readonly Pick<LatencyPoint, 'timeNs'>[],
  secondsEach: number,
  seed: number,
): Promise<RehearsedEngine[]> {
  const { arrivalsNs, engineOf, turnOf } = rehearsalScript(points, secondsEach, seed);
  const outcome = await server.serve({ kind: 'script', engineOf }, arrivalsNs);
  return points.map((_, index) => ofEngine(outcome, turnOf, index));
}

interface Script {
  arrivalsNs: Float64Array;
  engineOf: Int32Array;
  turnOf: Int32Array;
}

/** Turns forwards and backwards, so that each engine follows each of its neighbours. */
export function rehearsalScript(
  points: readonly Pick<LatencyPoint, 'timeNs'>[],
  secondsEach: number,
  seed: number,
): Script {
  const random = seededRandom(seed);
  const arrivals: number[] = [];
  const engines: number[] = [];
  const inTurn: number[] = [];
  const forwards = points.map((_, index) => index);
  let now = 0;
  for (let at = 0; at < turns; at++) {
    for (const engine of at % 2 === 0 ? forwards : forwards.toReversed()) {
      const { timeNs } = points[engine]!;
      const gapNs = (timeNs + guessedOverheadNs) / load;
      const wanted = Math.round((secondsEach * 1e9) / turns / gapNs);
      for (let count = Math.min(mostInTurn, Math.max(fewestInTurn, wanted)); count > 0; count--) {
        now += -Math.log(1 - random()) * gapNs;
        arrivals.push(now);
        engines.push(engine);
        inTurn.push(at);
      }
      now += restTimes * timeNs;
    }
  }
  return {
    arrivalsNs: Float64Array.from(arrivals),
    engineOf: Int32Array.from(engines),
    turnOf: Int32Array.from(inTurn),
  };
}

function ofEngine(outcome: ServedRequests, turnOf: Int32Array, engine: number): RehearsedEngine {
  const { launchEngine, launchNs, overheadNs, launchIdle } = outcome;
  const own = [...launchEngine.keys()].filter((at) => launchEngine[at] === engine);
  const occupied = (at: number) => overheadNs[at]! + launchNs[at]!;
  return {
    occupiedNs: own.map(occupied),
    afterIdle: own.map((at) => launchIdle[at] === 1),
    turnsNs: Array.from({ length: turns }, (_, turn) => median(own.filter((at) => turnOf[at] === turn).map(occupied))),
  };
}

/** A point whose times are those of a rehearsal. */
export function rehearsedPoint(point: LatencyPoint, { occupiedNs, afterIdle, turnsNs }: RehearsedEngine): LatencyPoint {
  const between = orderInterval(turnsNs, 0.05);
  return {
    ...point,
    timeNs: Math.round(median(occupiedNs)),
    samplesNs: occupiedNs,
    afterIdle,
    interval: between === null ? null : { lowNs: Math.round(between.low), highNs: Math.round(between.high) },
  };
}

export interface CurveRehearsal {
  curve: LatencyCurve;
  /** The engine of each point. */
  engines: ServedEngine[];
  secondsEach: number;
  seed: number;
  signal: AbortSignal;
}

/**
 * The curve as serving will find it: rounds run back to back, keep the garbage of launches out of their samples and take each
 * engine's least disturbed turn, which is right for comparing engines and too good for planning.
 *
 * @throws OctetError of `withServingProcess`.
 */
export function rehearsedCurve({ curve, engines, secondsEach, seed, signal }: CurveRehearsal): Promise<LatencyCurve> {
  return withServingProcess(engines, signal, async (server) => {
    const rehearsed = await rehearse(server, curve.points, secondsEach, seed);
    return { ...curve, points: curve.points.map((point, index) => rehearsedPoint(point, rehearsed[index]!)) };
  });
}
