import { accuracyVerdict } from '../accuracy.js';
import { endToEndNs } from '../end-to-end.js';
import type { FloatVariant } from '../recipe.js';
import type { EngineRecord, TrialRecord } from '../trial.js';

/** A float engine that was measured. A/A twins (`fp32#2`) are no variants of their own. */
export interface MeasuredFloat {
  variant: FloatVariant;
  engine: EngineRecord;
  endToEndNs: number;
  /** false when it breaks the matrix's accuracy budget itself: then INT8 need not beat it. */
  accurate: boolean;
}

export function measuredFloats(record: TrialRecord): MeasuredFloat[] {
  return record.engines.flatMap((engine) => {
    if (engine.variant === 'int8' || engine.label !== engine.variant || engine.status !== 'measured') return [];
    const time = endToEndNs(record.rounds, engine.label);
    if (time === null) return [];
    const accurate = engine.accuracy === null || accuracyVerdict(record.spec.accuracy, engine.accuracy) !== 'fails';
    return [{ variant: engine.variant, engine, endToEndNs: time, accurate }];
  });
}

/** The fastest accurate float; of equals the first. null where none was measured. */
export function fastestFloat(floats: readonly MeasuredFloat[]): MeasuredFloat | null {
  return floats
    .filter((float) => float.accurate)
    .reduce<MeasuredFloat | null>(
      (best, float) => (best === null || float.endToEndNs < best.endToEndNs ? float : best),
      null,
    );
}
