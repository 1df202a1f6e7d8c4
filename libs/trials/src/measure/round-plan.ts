import type { MeasurePlan } from '@octet/domain';
import type { RoundPlan } from '@octet/engines';

/** A round of one engine is steady after this many runs and this much time (design.md section 6). */
export const steady = { minRuns: 10, minDurationMs: 200 };

/** Share of the budget that is given out; the rest is for what lies between the rounds. */
const plannedShare = 0.9;

/**
 * How long each engine runs in each round: 10 runs and 200 ms, but no more than lets `minRounds` rounds of `engines` engines
 * fit into the plan's seconds. A budget of 12 s with three engines gives each 400 ms at most; a slow model then has fewer
 * runs in a round rather than fewer rounds, since the verdict rests on the rounds.
 */
export function roundPlan(plan: MeasurePlan, engines: number): RoundPlan {
  const shareMs = (plan.maxSeconds * 1000 * plannedShare) / (Math.max(1, plan.minRounds) * Math.max(1, engines));
  return { minRuns: steady.minRuns, minDurationMs: Math.min(steady.minDurationMs, shareMs), maxDurationMs: shareMs };
}
