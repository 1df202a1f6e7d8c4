import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { breakEvenFit } from './break-even-fit.js';
import { defaultSweeps, sweepCells } from './sweep-plan.js';
import { ruleReport, type SweepPoint } from './sweep-rule.js';

/** 4 convolutions of 3x3 on an H200: one build a cell, medians only. */
function recordedGrid(): SweepPoint[] {
  const file = new URL('../../../../test/fixtures/trtexec/conv-sweep-h200.csv', import.meta.url);
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, channels, size, fp16, int8] = line.split(',').map(Number) as [number, number, number, number, number];
    return { weights: 4 * 9 * channels ** 2, size, speedup: fp16 / int8, low: null, high: null };
  });
}

describe('sweepCells', () => {
  it('counts weights and multiply-accumulates of convolutions', () => {
    const [cell] = sweepCells({ family: 'convolution', widths: [16], sizes: [8], depth: 4, maxMacs: null });
    expect(cell).toMatchObject({ name: 'conv-w16-s8', inputShape: [1, 16, 8, 8], weights: 4 * 9 * 16 * 16 });
    expect(cell).toMatchObject({ inputElements: 16 * 64, macs: 4 * 9 * 16 * 16 * 64 });
  });

  it('counts those of dense layers and leaves out what is too big', () => {
    const [cell] = sweepCells({ family: 'dense', widths: [64], sizes: [10], depth: 2, maxMacs: null });
    expect(cell).toMatchObject({ inputShape: [10, 64], weights: 2 * 64 * 64, inputElements: 640, macs: 81_920 });
    for (const definition of Object.values(defaultSweeps)) {
      const cells = sweepCells(definition);
      expect(cells.length).toBeGreaterThan(12);
      expect(Math.max(...cells.map(({ macs }) => macs))).toBeLessThanOrEqual(4e9);
      expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length);
    }
  });
});

describe('on the recorded grid of an H200', () => {
  const grid = recordedGrid();

  it('fits as NumPy does', () => {
    const fit = breakEvenFit(grid);
    expect(fit?.points).toBe(15);
    expect(fit?.weightsSlope.value).toBeCloseTo(0.07319795, 6);
    expect((fit?.weightsSlope.high ?? 0) - (fit?.weightsSlope.value ?? 0)).toBeCloseTo(0.02513803, 5);
    expect(fit?.sizeSlope.value).toBeCloseTo(0.01765597, 6);
    expect(fit?.interaction.value).toBeCloseTo(0.01610055, 6);
    expect(fit?.residual).toBeCloseTo(0.1881762021513925, 8);
    expect(fit?.explained).toBeCloseTo(0.8053553038567529, 8);
  });

  it('draws the line at which INT8 starts to pay, with its interval (expected from a grid search in NumPy)', () => {
    const at = breakEvenFit(grid)?.lines.find(({ size }) => size === 128);
    expect(at?.weights).toBeCloseTo(76_080.81, 0);
    expect((at?.low ?? 0) / 21_668.7).toBeCloseTo(1, 2);
    expect((at?.high ?? 0) / 192_971.1).toBeCloseTo(1, 2);
    expect(at?.withinGrid).toBe(true);
  });

  it('finds the rule half true: weights help, a bigger input does not hurt', () => {
    const report = ruleReport(grid, 0.01);
    const fit = breakEvenFit(grid);
    expect(fit?.weightsSlope.low).toBeGreaterThan(0);
    expect(fit?.sizeSlope.low).toBeLessThan(0);
    expect(fit?.sizeSlope.high).toBeGreaterThan(0);
    expect(report.weights.holds).toBeGreaterThan(report.weights.contradicted);
    expect(report.input.contradicted).toBeGreaterThan(report.input.holds);
    expect(report.steps).toHaveLength(11 + 11);
  });
});

describe('ruleReport and breakEvenFit', () => {
  it('tell cells apart by their intervals', () => {
    const point = (weights: number, speedup: number, half: number): SweepPoint => ({
      weights,
      size: 8,
      speedup,
      low: speedup - half,
      high: speedup + half,
    });
    const report = ruleReport([point(1, 1, 0.05), point(2, 1.2, 0.05), point(4, 1.25, 0.05), point(8, 1, 0.05)], 0);
    expect(report.weights).toEqual({ holds: 1, contradicted: 1, notTold: 1 });
  });

  it('recover a known plane and give no line where INT8 never pays more with weights', () => {
    const plane = (slope: number): SweepPoint[] =>
      [10, 12, 14, 16].flatMap((w) =>
        [3, 5, 7].map((s) => ({
          weights: 2 ** w,
          size: 2 ** s,
          speedup: 2 ** (slope * (w - 13) - 0.05 * (s - 5) + 0.001 * Math.sin(7 * w + s)),
          low: null,
          high: null,
        })),
      );
    const rising = breakEvenFit(plane(0.1));
    expect(rising?.lines.map(({ weights }) => Math.log2(weights ?? 0))).toEqual(
      [12, 13, 14].map((expected) => expect.closeTo(expected, 1)),
    );
    expect(breakEvenFit(plane(-0.1))?.lines.every(({ weights }) => weights === null)).toBe(true);
    expect(breakEvenFit(plane(0.1).slice(0, 4))).toBeNull();
  });
});
