import type { ResultRow, Verdict } from '../result-row.js';
import type { SweepCell, SweepDefinition } from './sweep-plan.js';
import type { SweepPoint } from './sweep-rule.js';

/** One measured cell: what was generated and what came of it. Times in ns; absent is null. */
export interface SweepCellResult {
  cell: SweepCell;
  floatVariant: string | null;
  tFloatNs: number | null;
  int8EndToEndNs: number | null;
  /** Without ends where only medians are known (grids measured elsewhere). */
  speedup: { median: number; low: number | null; high: number | null } | null;
  rounds: number;
  verdict: Verdict;
  /** What the verdict rests on, or why there is none: ids. */
  reasons: string[];
}

/** The grid of one device class as it was measured; what it says follows from it (`ruleReport`, `breakEvenFit`). */
export interface MeasuredSweep {
  definition: SweepDefinition;
  seed: number;
  measuredAt: string;
  device: ResultRow['device'];
  runtime: ResultRow['runtime'];
  cells: SweepCellResult[];
}

/** Cells with a speed-up. Unstable ones stay in: their intervals are wide, so that the rule is not told from them. */
export function sweepPoints(results: readonly SweepCellResult[]): SweepPoint[] {
  return results.flatMap(({ cell, speedup }) =>
    speedup === null
      ? []
      : [{ weights: cell.weights, size: cell.size, speedup: speedup.median, low: speedup.low, high: speedup.high }],
  );
}
