import type { AccuracyBudget, AccuracyResult } from './trial.js';

/** Whether a measured accuracy keeps the matrix's budget. A value that is not a number (NaN outputs) fails it. */
export function accuracyVerdict(
  budget: AccuracyBudget | null,
  result: AccuracyResult | null,
): 'passes' | 'fails' | 'unknown' | 'not-asked' {
  if (budget === null) return 'not-asked';
  const value =
    result === null ? null : result.metric === budget.metric ? result.value : (result.all[budget.metric] ?? null);
  if (result === null || value === null) return 'unknown';
  if (!Number.isFinite(value)) return Number.isNaN(value) || value < 0 ? 'fails' : 'passes';
  if ('atLeast' in budget) return value >= budget.atLeast ? 'passes' : 'fails';
  if (result.referenceValue === null) return 'unknown';
  return result.referenceValue - value <= budget.maxDrop + rounding ? 'passes' : 'fails';
}

/** Shares like 0.95 - 0.94 carry a rounding error of their own. */
const rounding = 1e-12;
