import { describe, expect, it } from 'vitest';
import { accuracyVerdict } from './accuracy.js';
import type { AccuracyBudget, AccuracyResult } from './trial.js';

const result = (
  metric: AccuracyResult['metric'],
  value: number,
  referenceValue: number | null = null,
): AccuracyResult => ({
  metric,
  value,
  referenceValue,
  low: null,
  high: null,
  inputs: 8,
  reference: 'fp32',
  all: { sqnr: 25, cosine: 0.98 },
});

describe('accuracyVerdict', () => {
  const table: [string, AccuracyBudget | null, AccuracyResult | null, string][] = [
    ['no budget', null, result('cosine', 0.1), 'not-asked'],
    ['no accuracy', { metric: 'cosine', atLeast: 0.99 }, null, 'unknown'],
    ['at the budget', { metric: 'cosine', atLeast: 0.99 }, result('cosine', 0.99), 'passes'],
    ['below', { metric: 'cosine', atLeast: 0.99 }, result('cosine', 0.9899), 'fails'],
    ['NaN outputs', { metric: 'cosine', atLeast: 0.99 }, result('cosine', Number.NaN), 'fails'],
    ['SQNR without any error', { metric: 'sqnr', atLeast: 20 }, result('sqnr', Number.POSITIVE_INFINITY), 'passes'],
    ['SQNR of nothing but error', { metric: 'sqnr', atLeast: 20 }, result('sqnr', Number.NEGATIVE_INFINITY), 'fails'],
    ['another metric of the record', { metric: 'sqnr', atLeast: 20 }, result('cosine', 0.5), 'passes'],
    ['a metric that the record lacks', { metric: 'top1', maxDrop: 0.01 }, result('cosine', 0.99), 'unknown'],
    [
      'a drop at the budget (0.95 - 0.94 is above 0.01 in binary)',
      { metric: 'top1', maxDrop: 0.01 },
      result('top1', 0.94, 0.95),
      'passes',
    ],
    ['a larger drop', { metric: 'top1', maxDrop: 0.01 }, result('top1', 0.93, 0.95), 'fails'],
    ['better than the reference', { metric: 'top5', maxDrop: 0 }, result('top5', 0.96, 0.95), 'passes'],
    ['no reference', { metric: 'top1', maxDrop: 0.01 }, result('top1', 0.94), 'unknown'],
  ];
  it.each(table)('%s', (_name, budget, measured, expected) => {
    expect(accuracyVerdict(budget, measured)).toBe(expected);
  });
});
