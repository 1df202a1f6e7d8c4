import { describe, expect, it } from 'vitest';
import type { ResultRow } from '../result-row.js';
import { curvesFromResults } from './curves-from-results.js';
import { proofSpec } from './proof-spec.js';
import { defaultPlan, type TrialSpec } from '../trial.js';

const recipe = { scheme: 'static-symmetric', calibrator: 'max', weightBits: 8 };

function row(batch: number, changes: Partial<ResultRow> = {}): ResultRow {
  return {
    model: { name: 'm', sha256: 'a' },
    device: { class: 'x86-64/cpu', name: 'cpu', architecture: 'x86-64' },
    runtime: { name: 'onnxruntime', version: '1' },
    batch,
    shapes: { x: [batch, 8] },
    recipe,
    floatVariant: 'fp32',
    floats: { fp32: batch * 200 },
    times: { tFloatNs: batch * 200, int8EndToEndNs: batch * 100 } as ResultRow['times'],
    gainNs: 0,
    speedup: null,
    rounds: 9,
    accuracy: null,
    verdict: 'worth-it',
    reasons: [],
    ...changes,
  };
}

const batchesOf = (rows: ResultRow[], variant: string) =>
  curvesFromResults(rows)
    .curves.find((curve) => curve.variant === variant)
    ?.points.map((point) => point.batch);

describe('curvesFromResults', () => {
  it('leaves a recipe out at every batch when its accuracy failed at one', () => {
    const rows = [row(1), row(4, { verdict: 'accuracy-fails' }), row(10)];
    expect(batchesOf(rows, 'int8')).toBeUndefined();
    expect(batchesOf(rows, 'fp32')).toEqual([1, 4, 10]);
    expect(curvesFromResults(rows).leftOut.map(({ batch }) => batch)).toEqual([1, 4, 10]);
  });

  it('makes no curve of two shapes or two versions', () => {
    const rows = [
      row(1, { shapes: { x: [1, 9] } }),
      row(2, { runtime: { name: 'onnxruntime', version: '0' } }),
      row(4),
    ];
    expect(batchesOf(rows, 'int8')).toEqual([4]);
    expect(curvesFromResults(rows).leftOut.map(({ reason }) => reason)).toEqual([
      'it was measured with the shape x=9',
      'it ran on onnxruntime 0',
    ]);
  });

  it('takes samples, interval, memory and build time from the record', () => {
    const recorded = { scheme: 'static-symmetric', weightBits: 8, calibrator: 'max' } as const;
    const label = 'int8/static-symmetric/max/w8';
    const rounds = [1, 2, 3, 4, 5, 6, 7].map((index) => ({
      index,
      startedMs: 0,
      order: [],
      samples: { [label]: [index, index] },
      voided: null,
    }));
    const full = { ...recorded, granularity: 'per-channel', exclude: [], placement: 'explicit' } as const;
    const engines = [{ label, recipe: full, build: { peakMemoryBytes: 7, buildNs: 9 } }] as never;
    const { curves } = curvesFromResults([row(1, { recipe: full })], () => ({ engines, rounds }));
    const [point] = curves.find((curve) => curve.variant === 'int8')!.points;
    expect(point).toMatchObject({ samplesNs: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7], memoryBytes: 7, buildNs: 9 });
    expect(point!.interval!.lowNs).toBeLessThan(4);
    expect(point!.interval!.highNs).toBeGreaterThan(4);
  });
});

describe('proofSpec', () => {
  const spec: TrialSpec = {
    model: { name: 'm', sha256: 'a' },
    dataset: null,
    batch: 4,
    shapes: { x: [4, 8], y: [3, 4] },
    deviceClass: 'x86-64/cpu',
    runtime: 'onnxruntime',
    threads: 1,
    floats: ['fp32'],
    recipes: [],
    plan: defaultPlan,
    accuracy: { metric: 'cosine', atLeast: 0.9 },
    seed: 5,
    force: false,
  };
  const { curves } = curvesFromResults([row(1), row(4)]);
  const plan = { variant: 'fp32', policy: 'multi-engine', engines: [1, 2], waitMs: 0, ratePerS: 9 } as const;
  const asked = { plan: { ...plan, engines: [1, 2] }, seconds: 3, seed: 1 };

  it('serves the variant alone, with the points that it was planned with', () => {
    const proof = proofSpec(
      spec,
      row(4),
      curves.find((curve) => curve.variant === 'fp32')!,
      asked,
    );
    expect(proof).toMatchObject({ batch: 2, shapes: { x: [2, 8], y: [3, 4] }, floats: ['fp32'], recipes: [] });
    expect(proof.serve!.points.map(({ batch, interpolated }) => [batch, interpolated])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it('refuses engines outside the curve', () => {
    const wide = { ...asked, plan: { ...plan, engines: [9] } };
    expect(() => proofSpec(spec, row(4), curves[0]!, wide)).toThrow(/batch 9/);
  });
});
