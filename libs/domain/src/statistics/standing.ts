import { isLook, nextLook } from './looks.js';
import { relativeHalfWidth, speedupInterval, type SpeedupInterval } from './speedup-interval.js';
import { assessStability, type StabilityAssessment } from './stability.js';

export interface StandingPlan {
  minRounds: number;
  /** Wanted relative half-width. */
  halfWidth: number;
  /** Speed-ups that the verdict compares with (threshold, 1 + floor, 1 - floor): none may lie inside the interval. */
  boundaries: readonly number[];
  /** Pairs of the trial that are judged in this way, one for each recipe; 1 if not said. */
  pairs?: number;
}

/** How a pair of variants stands after some rounds. */
export interface PairStanding {
  interval: SpeedupInterval;
  stability: StabilityAssessment;
  /** True if this is a look and nothing speaks for more rounds. A trial may end when all its pairs are settled. */
  settled: boolean;
  /** What speaks for more rounds, for progress messages. */
  open: ('not-a-look' | 'too-few-rounds' | 'undecided' | 'too-wide' | 'suspect')[];
}

/**
 * The adaptive stop: a pair is settled at a look of the schedule where its interval holds no boundary of the verdict, is
 * as narrow as wanted, and the order of the rounds raises no suspicion. `ratios` are those of the counted rounds, in
 * order. After the last look of the schedule (`isLastLook`) a trial ends however its pairs stand.
 */
export function pairStanding(ratios: readonly number[], plan: StandingPlan): PairStanding {
  const interval = speedupInterval(ratios, { minRounds: plan.minRounds });
  const stability = assessStability(ratios, plan.pairs);
  const open: PairStanding['open'] = [];
  if (!isLook(ratios.length, plan.minRounds)) open.push('not-a-look');
  if (interval.low === null) open.push('too-few-rounds');
  else if (plan.boundaries.some((boundary) => interval.low < boundary && boundary <= interval.high)) {
    open.push('undecided');
  }
  if ((relativeHalfWidth(interval) ?? 0) > plan.halfWidth) open.push('too-wide');
  if (stability.suspect) open.push('suspect');
  return { interval, stability, settled: open.length === 0, open };
}

/** True if no look is left after so many rounds. */
export function isLastLook(rounds: number, minRounds: number): boolean {
  return nextLook(rounds, minRounds) === null;
}
