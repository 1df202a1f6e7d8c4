import { roundTimeNs, type ModeRecord, type RoundRecord } from '@octet/domain';
import { clockOf } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import type { FinalPair } from './final-pair.js';
import type { RoundEngine } from './fresh-processes.js';
import { measureRounds } from './measure-rounds.js';

/** A few rounds beside the trial's own. */
export interface BriefRounds {
  /** Each engine in each round. */
  roundMs: number;
  maxMs: number;
  rounds: number;
}

const runsInRound = 10;

/** Rounds of engines by label, as the trial's own but brief and without telemetry; null if an engine failed. */
export async function modeRounds(
  source: TrialSource,
  engines: ReadonlyMap<string, RoundEngine>,
  { roundMs, maxMs, rounds: wanted }: BriefRounds,
): Promise<RoundRecord[] | null> {
  const failures: unknown[] = [];
  const { rounds } = await measureRounds({
    engines,
    seed: source.spec.seed,
    planFor: (count) => ({
      minRuns: runsInRound,
      minDurationMs: roundMs,
      maxDurationMs: maxMs / (count * wanted),
    }),
    maxMs,
    minRounds: wanted,
    nowMs: clockOf(source.deps),
    telemetry: [],
    isEnough: (now) => (now.length >= wanted || failures.length > 0 ? 'decided' : 'go-on'),
    signal: source.deps.signal,
    onFailure: (_, error) => failures.push(error),
    onRound: () => undefined,
  });
  return failures.length > 0 ? null : rounds;
}

/** Time of one engine in each round, integer ns. */
export function roundMedians(rounds: readonly RoundRecord[], label: string): number[] {
  return rounds.map((round) => Math.round(roundTimeNs(round, label) ?? Number.NaN));
}

export function modeRecord(
  { float, int8 }: FinalPair,
  mode: Pick<ModeRecord, 'id' | 'threads' | 'conditions' | 'transferParts'>,
  rounds: readonly RoundRecord[],
): ModeRecord {
  const labels = [float.plan.label, int8.plan.label];
  return {
    ...mode,
    float: float.plan.label,
    recipe: int8.plan.label,
    roundMediansNs: Object.fromEntries(labels.map((label) => [label, roundMedians(rounds, label)])),
  };
}
