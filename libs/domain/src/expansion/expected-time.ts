import { proofRepetitions, type ServeSpec } from '../rollout/serving-proof.js';
import type { TrialSpec } from '../trial.js';

/** Seconds a trial is expected to take, for `octet plan`. */
export interface ExpectedTime {
  /** At least: minRounds of every engine, each 200 ms of warm-up and 200 ms of measuring (design section 6). */
  leastSeconds: number;
  /** At most for the rounds, as the plan allows; building and calibrating come on top and are not foreseen. */
  mostSeconds: number;
}

const secondsOfOneEngineInARound = 0.4;

/** Expected time of a trial's rounds; pure arithmetic over its plan, no measurement. */
export function expectedTime(spec: TrialSpec): ExpectedTime {
  if (spec.serve !== undefined) {
    const served = proofRepetitions * spec.serve.seconds;
    return { leastSeconds: served, mostSeconds: served + readySeconds(spec.serve) };
  }
  const engines = spec.floats.length + spec.recipes.length;
  const least = engines * spec.plan.minRounds * secondsOfOneEngineInARound;
  return { leastSeconds: Math.min(least, spec.plan.maxSeconds), mostSeconds: spec.plan.maxSeconds };
}

/** Loading and rehearsing take some seconds for each engine. */
function readySeconds({ points }: ServeSpec): number {
  return 10 * points.length;
}
