import type { Reason } from '../result-row.js';
import { median, twoLevelInterval, type TwoLevelInterval } from '../statistics/index.js';
import type { BuildRecord, TrialRecord } from '../trial.js';
import type { VariantSpeedup } from '../verdict.js';

/** T_float / T_int8 of each round of one build. */
function ratiosOf({ roundMediansNs }: BuildRecord, float: string, int8: string): number[] {
  const int8Ns = roundMediansNs[int8] ?? [];
  return (roundMediansNs[float] ?? []).flatMap((floatNs, round) => {
    const ns = int8Ns[round];
    return ns === undefined || ns <= 0 ? [] : [floatNs / ns];
  });
}

/** Over the independent builds of a pair; null where they were not measured. */
export function buildSpread(record: TrialRecord, float: string, int8: string): TwoLevelInterval | null {
  const ratios = (record.builds ?? []).map((build) => ratiosOf(build, float, int8));
  return twoLevelInterval(ratios, { minRounds: record.spec.plan.minRounds });
}

/** An interval that holds what another build would have given as well. */
export function overBuilds(record: TrialRecord, int8: string, speedup: VariantSpeedup): VariantSpeedup {
  const spread = buildSpread(record, speedup.variant, int8);
  if (spread === null) return speedup;
  return { ...speedup, low: Math.min(speedup.low, spread.low), high: Math.max(speedup.high, spread.high) };
}

/** What the independent builds gave, build by build. */
export function buildReasons(record: TrialRecord, float: string, int8: string): Reason[] {
  const spread = buildSpread(record, float, int8);
  if (spread === null) return [];
  const speedups = (record.builds ?? []).map((build) => Number(median(ratiosOf(build, float, int8)).toFixed(4)));
  const told = speedups.map((speedup) => speedup.toFixed(3)).join(', ');
  return [
    {
      id: 'builds-measured',
      severity: 'info',
      evidence: {
        against: float,
        builds: spread.builds,
        speedups,
        betweenBuilds: spread.betweenBuilds,
        low: spread.low,
        high: spread.high,
      },
      advice: `${spread.builds} independent builds (no timing cache) gave speed-ups of ${told}: their spread is in the interval. Ship the engine that was measured, not a new build.`,
    },
  ];
}
