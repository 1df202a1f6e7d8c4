import type { MeasurePlan } from '@octet/domain';
import type { RoundPlan } from '@octet/engines';

/** A round of one engine is steady after this many runs and this much time (design.md section 6). */
export const steady = { minRuns: 10, minDurationMs: 200 };

/** Share of the budget that is given out; the rest is for what lies between the rounds. */
const plannedShare = 0.9;

/** Where a trial stands before a round. */
export interface RoundsSoFar {
  rounds: number;
  elapsedMs: number;
}

/**
 * How long each engine runs in the next round: 10 runs and 200 ms, but no more than lets `minRounds` rounds of `engines`
 * engines fit into what is left of the plan's seconds. A budget of 12 s with three engines gives each 400 ms at most; a slow
 * model then has fewer runs in a round rather than fewer rounds, since the verdict rests on the rounds.
 */
export function roundPlan(
  plan: MeasurePlan,
  engines: number,
  soFar: RoundsSoFar = { rounds: 0, elapsedMs: 0 },
): RoundPlan {
  const begun = soFar.rounds < plan.minRounds ? soFar : { rounds: 0, elapsedMs: 0 };
  const leftMs = Math.max(0, plan.maxSeconds * 1000 - begun.elapsedMs);
  const shareMs = Math.max(
    1,
    (leftMs * plannedShare) / (Math.max(1, plan.minRounds - begun.rounds) * Math.max(1, engines)),
  );
  return { minRuns: steady.minRuns, minDurationMs: Math.min(steady.minDurationMs, shareMs), maxDurationMs: shareMs };
}
