import { instabilityMatters, assessStability, pairedRatios, speedupInterval } from '../statistics/index.js';
import type { TrialRecord } from '../trial.js';
import type { ControlTrial } from './noise-floor.js';

/**
 * The A/A control inside a trial's record: the engine whose label ends in `#2` against its original, judged with
 * threshold 1 and noise floor 0. Null where the trial had no twin, or too few rounds of both.
 */
export function controlTrialOf(record: TrialRecord): ControlTrial | null {
  const twin = record.engines.find(({ label, status }) => label.endsWith('#2') && status === 'measured');
  if (twin === undefined) return null;
  const { minRounds } = record.spec.plan;
  const ratios = pairedRatios(record.rounds, twin.label.slice(0, -'#2'.length), twin.label);
  const interval = speedupInterval(ratios, { minRounds });
  if (interval.low === null) return null;
  return {
    day: record.startedAt.slice(0, 10),
    median: interval.median,
    low: interval.low,
    high: interval.high,
    unstable: instabilityMatters(ratios, assessStability(ratios).findings, [1], minRounds),
  };
}
