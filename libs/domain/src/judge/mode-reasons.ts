import type { Reason, Verdict } from '../result-row.js';
import { speedupInterval } from '../statistics/index.js';
import type { ModeRecord, TrialRecord } from '../trial.js';

type Answer = 'faster' | 'not faster';

/**
 * The modes (numbers of threads; conditions of a GPU) in which the answer for this recipe is another one: by the same bar, from the interval of
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
      const { speedup, answer } = modeAnswer(mode, plan.minRounds, bar);
      if (speedup === null || answer === null || answer === main) return [];
      return [changed(mode, speedup, threads, answer)];
    });
}

/**
 * Every other condition that the pair was measured under, in one reason: with each speed-up, and in words whether the answer
 * is the same there. Nothing where no mode was measured.
 */
export function modesMeasured(record: TrialRecord, label: string, verdict: Verdict, noiseFloor: number): Reason[] {
  const { plan } = record.spec;
  const bar = Math.max(plan.threshold, 1 + noiseFloor);
  const main = answerOf(verdict);
  const modes = (record.modes ?? [])
    .filter((mode) => mode.recipe === label)
    .map((mode) => {
      const { median, speedup, answer } = modeAnswer(mode, plan.minRounds, bar);
      const changes = main === null || answer === null ? null : answer !== main;
      return {
        mode: mode.id,
        against: mode.float,
        median,
        low: speedup?.low ?? null,
        high: speedup?.high ?? null,
        rounds: mode.roundMediansNs[mode.recipe]?.length ?? 0,
        changesAnswer: changes,
      };
    });
  if (modes.length === 0) return [];
  const flipped = modes.filter(({ changesAnswer }) => changesAnswer === true).map(({ mode }) => mode);
  const open = modes.filter(({ changesAnswer }) => changesAnswer === null).map(({ mode }) => mode);
  const all = modes.map(({ mode, median }) => `${mode} ${median === null ? '-' : median.toFixed(2)}`).join(', ');
  const sentence =
    flipped.length > 0
      ? `The answer changes in: ${flipped.join(', ')}.`
      : open.length === modes.length
        ? 'Whether the answer changes there is open.'
        : 'The answer stays the same.';
  const left = open.length > 0 && open.length < modes.length ? ` Open in: ${open.join(', ')}.` : '';
  return [
    {
      id: 'modes-measured',
      severity: 'info',
      evidence: { modes },
      advice: `Speed-up under other conditions: ${all}. ${sentence}${left}`,
    },
  ];
}

function modeAnswer(
  mode: ModeRecord,
  minRounds: number,
  bar: number,
): { median: number | null; speedup: { median: number; low: number; high: number } | null; answer: Answer | null } {
  const interval = speedupInterval(modeRatios(mode), { minRounds });
  if (interval.low === null) return { median: interval.median, speedup: null, answer: null };
  const { median, low, high } = interval;
  const answer: Answer | null = low >= bar ? 'faster' : high < bar ? 'not faster' : null;
  return { median, speedup: { median, low, high }, answer };
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
    advice: `${condition(mode, ownThreads)} the answer changes: ${said} there (speed-up ${speedup.median.toFixed(2)}, a brief measurement). ${whatToDo(mode)}`,
  };
}

const gpuConditions: Record<string, string> = {
  'no-graph': 'Without a CUDA graph',
  transfers: 'With the copies to the device and back',
  soak: 'After half a minute under load',
};

function condition({ id, threads, conditions }: ModeRecord, ownThreads: number | null): string {
  if (threads !== null) return `With ${threads} thread(s) instead of ${ownThreads ?? 'the default'}`;
  return gpuConditions[id] ?? `With ${conditions?.streams ?? 'several'} streams`;
}

function whatToDo({ id, threads, conditions }: ModeRecord): string {
  if (threads !== null)
    return `Serve with the threads that the verdict is for, or measure a trial with threads: ${threads}.`;
  if (id === 'no-graph') return 'Serve with CUDA graphs if the verdict is to hold, or take the answer of this mode.';
  if (id === 'transfers') return 'Overlap copies with computing, or take the answer of this mode.';
  if (id === 'soak') return 'A server under constant load sees this answer.';
  return `A server that runs ${conditions?.streams ?? 'several'} batches at once sees this answer.`;
}
