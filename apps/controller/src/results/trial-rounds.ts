import { median, pairedRatios, type EngineRecord, type RoundRecord } from '@octet/domain';
import type { TrialRound } from '@octet/protocol';
import { decodeSamples } from './sample-codec.js';
import type { SampleEntity } from './result.entity.js';

/** Puts the raw samples back into a stored record's rounds. */
export function roundsWithSamples(rounds: readonly RoundRecord[], samples: readonly SampleEntity[]): RoundRecord[] {
  const byRound = new Map<number, Record<string, number[]>>();
  for (const series of samples) {
    const known = byRound.get(series.roundIndex) ?? {};
    known[series.label] = decodeSamples(series);
    byRound.set(series.roundIndex, known);
  }
  return rounds.map((round) => ({ ...round, samples: byRound.get(round.index) ?? {} }));
}

/** What the API shows of each round. A voided round has medians but no ratios: it does not count. */
export function roundViews(
  rounds: readonly RoundRecord[],
  engines: readonly Pick<EngineRecord, 'label' | 'variant'>[],
  withSamples: boolean,
): TrialRound[] {
  const floats = engines.filter((engine) => engine.variant !== 'int8').map((engine) => engine.label);
  const recipes = engines.filter((engine) => engine.variant === 'int8').map((engine) => engine.label);
  return rounds.map((round) => ({
    index: round.index,
    startedMs: round.startedMs,
    order: round.order,
    mediansNs: mapSamples(round, (samples) => (samples.length === 0 ? null : median(samples))),
    ratios: Object.fromEntries(floats.map((float) => [float, ratiosAgainst(round, float, recipes)])),
    counts: mapSamples(round, (samples) => samples.length),
    voided: round.voided,
    samplesNs: withSamples ? round.samples : null,
  }));
}

function mapSamples<T>(round: RoundRecord, of: (samples: readonly number[]) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(round.samples).map(([label, samples]) => [label, of(samples)]));
}

function ratiosAgainst(round: RoundRecord, float: string, recipes: readonly string[]): Record<string, number> {
  const entries = recipes.flatMap((recipe) =>
    pairedRatios([round], float, recipe).map((ratio) => [recipe, ratio] as const),
  );
  return Object.fromEntries(entries);
}
