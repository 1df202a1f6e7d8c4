import { gainNs } from '../gain.js';
import type { Variant } from '../recipe.js';
import type { Reason, Times } from '../result-row.js';
import type { EngineRecord, Refusal, TrialRecord } from '../trial.js';
import type { VariantSpeedup } from '../verdict.js';
import type { MeasuredFloat } from './measured-floats.js';
import { refusalReason } from './row-frame.js';

const severities: readonly Reason['severity'][] = ['critical', 'warning', 'info'];

export function int8NotAsked(floats: readonly MeasuredFloat[]): Reason {
  return {
    id: 'int8-not-asked',
    severity: 'info',
    evidence: { measured: floats.map((float) => float.variant), missing: ['int8'] },
    advice:
      'No INT8 engine was asked for, so T_quant, T_int8 and T_dequant are missing: add int8 to the variants and a recipe.',
  };
}

export function engineMissing(label: string): Refusal {
  return { code: 'engine-missing', message: `The record holds no engine ${label}: run the trial again.` };
}

export function nothingToCompare(record: TrialRecord, fastest: MeasuredFloat | null): Refusal {
  if (fastest !== null)
    return {
      code: 'no-rounds',
      message: 'No round of the INT8 engine counts: give the trial more time (measure.maxSeconds).',
    };
  const failed = record.engines.find((engine) => engine.variant !== 'int8' && engine.refusal !== null)?.refusal;
  const why = failed === undefined || failed === null ? 'no round of a float engine counts' : failed.message;
  return { code: 'float-not-measured', message: `INT8 has no accurate float variant to be compared with: ${why}` };
}

export function bestFloatReason(expected: string, floats: readonly MeasuredFloat[]): Reason {
  return {
    id: 'best-float-not-measured',
    severity: 'warning',
    evidence: { expected, measured: floats.map((float) => float.variant) },
    advice: `The fastest float of this device is expected to be ${expected}, and it was not measured: add ${expected} to variants. INT8 can't be worth-it before it beats it.`,
  };
}

export function accuracyUnknown(record: TrialRecord): Reason {
  const budget = record.spec.accuracy;
  return {
    id: 'accuracy-not-measured',
    severity: 'warning',
    evidence: { budget, inputs: record.inputs.source },
    advice:
      'An accuracy budget was given but accuracy could not be measured: give data (with labels for top1 and top5), or leave the budget out.',
  };
}

export function accuracyReason(record: TrialRecord, engine: EngineRecord): Reason {
  return {
    id: 'accuracy-budget',
    severity: 'critical',
    evidence: {
      budget: record.spec.accuracy,
      value: engine.accuracy?.value ?? null,
      referenceValue: engine.accuracy?.referenceValue ?? null,
    },
    advice:
      'INT8 misses the accuracy budget: try another calibrator (percentile, entropy, mse or auto), a static-asymmetric recipe, or leave the most sensitive layers in float (exclude).',
  };
}

export function tooFewRounds(record: TrialRecord): Reason {
  const needed = record.spec.plan.minRounds;
  const imported = record.environment.facts['imported'] === true;
  return {
    id: 'too-few-rounds',
    severity: 'warning',
    evidence: { counted: record.rounds.filter((round) => round.voided === null).length, needed },
    advice: imported
      ? `Exports hold one run of each engine, and an interval needs ${needed} rounds of them side by side: the times and their parts stand, a verdict comes from measuring the model on the device itself (octet bench, or a matrix with an agent there).`
      : `Fewer rounds than an interval needs: raise measure.maxSeconds (now ${record.spec.plan.maxSeconds}).`,
  };
}

/** `undecided`: which bound lies inside the interval, and what would narrow it. */
export function stillOpen(record: TrialRecord, speedup: VariantSpeedup, context: { noiseFloor: number }): Reason {
  const { threshold, maxSeconds } = record.spec.plan;
  const bar = Math.max(threshold, 1 + context.noiseFloor);
  const { median, low, high, variant } = speedup;
  return {
    id: 'time-ran-out',
    severity: 'warning',
    evidence: { against: variant, bar, speedup: { median, low, high }, maxSeconds },
    advice: `The speed-up lies between ${low.toFixed(3)} and ${high.toFixed(3)}, on both sides of ${bar.toFixed(3)}, when time ran out: raise measure.maxSeconds (now ${maxSeconds}), measure on a quieter device, or move the threshold if so small a difference does not matter.`,
  };
}

/** Near 1 the difference of medians and the median of ratios may point in different directions; the verdict follows the ratios. */
export function disagreement(times: Times, speedup: VariantSpeedup | null): Reason[] {
  const gain = gainNs(times.tFloatNs, times.int8EndToEndNs);
  if (speedup === null || Math.sign(gain) * Math.sign(speedup.median - 1) >= 0) return [];
  return [
    {
      id: 'median-and-ratio-disagree',
      severity: 'info',
      evidence: { gainNs: gain, speedupMedian: speedup.median },
      advice:
        'The difference of medians and the paired ratios differ in sign, as they may near 1: the verdict follows the ratios.',
    },
  ];
}

export function refusedReasons(context: { refused?: readonly { variant: Variant; refusal: Refusal }[] }): Reason[] {
  return (context.refused ?? []).map(({ variant, refusal }) => refusalReason(refusal, 'info', { variant }));
}

export function bySeverity(reasons: readonly Reason[]): Reason[] {
  return severities.flatMap((severity) => reasons.filter((reason) => reason.severity === severity));
}
