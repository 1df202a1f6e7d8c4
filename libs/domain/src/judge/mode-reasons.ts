import type { Reason, Verdict } from '../result-row.js';
import { speedupInterval } from '../statistics/index.js';
import type { ModeRecord, TrialRecord } from '../trial.js';

type Answer = 'faster' | 'not faster';

/**
 * The modes (numbers of threads) in which the answer for this recipe is another one: by the same bar, from the interval of
 * the mode's own rounds. A mode whose interval straddles the bar says nothing; nothing is said either where the verdict itself
 * is open or rests on something else than time.
 */
export function modeReasons(record: TrialRecord, label: string, verdict: Verdict, noiseFloor: number): Reason[] {
  const { plan, threads } = record.spec;
  const bar = Math.max(plan.threshold, 1 + noiseFloor);
  const main = answerOf(verdict);
  if (main === null) return [];
  return (record.modes ?? [])
    .filter((mode) => mode.recipe === label)
    .flatMap((mode) => {
      const interval = speedupInterval(modeRatios(mode), { minRounds: plan.minRounds });
      if (interval.low === null) return [];
      const answer: Answer | null = interval.low >= bar ? 'faster' : interval.high < bar ? 'not faster' : null;
      if (answer === null || answer === main) return [];
      const { median, low, high } = interval;
      return [changed(mode, { median, low, high }, threads, answer)];
    });
}

function answerOf(verdict: Verdict): Answer | null {
  if (verdict === 'worth-it') return 'faster';
  return verdict === 'not-worth-it' || verdict === 'slower' ? 'not faster' : null;
}

/** T_float / T_int8 of each round of a mode. */
export function modeRatios(mode: ModeRecord): number[] {
  const int8 = mode.roundMediansNs[mode.recipe] ?? [];
  return (mode.roundMediansNs[mode.float] ?? []).flatMap((floatNs, round) => {
    const int8Ns = int8[round];
    return int8Ns === undefined || int8Ns <= 0 ? [] : [floatNs / int8Ns];
  });
}

function changed(
  mode: ModeRecord,
  speedup: { median: number; low: number; high: number },
  ownThreads: number | null,
  answer: Answer,
): Reason {
  const said = answer === 'faster' ? 'INT8 pays' : 'INT8 does not pay';
  return {
    id: 'mode-changes-answer',
    severity: 'warning',
    evidence: {
      mode: mode.id,
      threads: mode.threads,
      trialThreads: ownThreads,
      against: mode.float,
      speedup,
      rounds: mode.roundMediansNs[mode.recipe]?.length ?? 0,
    },
    advice: `With ${mode.threads} thread(s) instead of ${ownThreads ?? 'the default'} the answer changes: ${said} there (speed-up ${speedup.median.toFixed(2)}, a brief measurement). Serve with the threads that the verdict is for, or measure a trial with threads: ${mode.threads}.`,
  };
}
