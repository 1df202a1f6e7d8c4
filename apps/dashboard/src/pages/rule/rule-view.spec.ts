import type { Bundle, StoredRow, StoredSweep } from '@octet/protocol';
import { recordedSweep } from '@octet/testing';
import { describe, expect, it } from 'vitest';
import { heatMap, shortCount } from './heat-map.js';
import { ownPoints } from './own-models.js';
import { breakEvenLines, ruleHalf, ruleViews } from './rule-view.js';

function stored(changes: Partial<StoredSweep> = {}): StoredSweep {
  return { ...recordedSweep(), id: 'a', storedAt: '2026-11-01T12:00:00.000Z', ...changes };
}

function model(name: string, layers: { opType: string; parameters: number }[]): Bundle {
  const createdAt = '2026-11-01T12:00:00.000Z';
  return { name, sha256: name.repeat(64), files: [], sizeBytes: 1, createdAt, inspection: { layers } };
}

function row(name: string, changes: Partial<StoredRow> = {}): StoredRow {
  const { device, runtime } = recordedSweep();
  return {
    model: { name, sha256: name.repeat(64) },
    device,
    runtime,
    batch: 1,
    shapes: { x: [1, 3, 64, 16] },
    recipe: null,
    floatVariant: 'fp16',
    floats: {},
    times: null,
    gainNs: null,
    speedup: { median: 1.5, low: 1.4, high: 1.6 },
    rounds: 9,
    accuracy: null,
    verdict: 'worth-it',
    reasons: [],
    trialId: 't',
    matrixId: 'm',
    noiseFloor: 0.01,
    recordedAt: '2026-11-01T12:00:00.000Z',
    ...changes,
  };
}

describe('ruleViews', () => {
  it('keeps the newest grid of each place and gives its break-even by layer', () => {
    const views = ruleViews([stored(), stored({ id: 'older', measuredAt: '2026-01-01T00:00:00.000Z' })]);
    expect(views.map((view) => [view.sweep.id, view.label])).toEqual([
      ['a', 'NVIDIA H200, 140 GiB, tensorrt, convolutions'],
    ]);
    const line = breakEvenLines(views[0]!).find(({ size }) => size === 128)!;
    expect(line.weightsPerLayer! * 4).toBeCloseTo(76_080.81, 0);
  });

  it('says in a word whether a half of the rule holds', () => {
    expect(ruleHalf({ holds: 9, contradicted: 1, notTold: 1 })).toEqual({
      word: 'holds',
      says: 'true in 9 of 11 steps between neighbouring cells, contradicted in 1, too close to tell in 1',
    });
    expect(ruleHalf({ holds: 2, contradicted: 7, notTold: 0 }).word).toBe('does not hold');
    expect(ruleHalf({ holds: 3, contradicted: 2, notTold: 0 }).word).toBe('mixed');
    expect(ruleHalf({ holds: 0, contradicted: 0, notTold: 4 }).word).toBe('not to be told');
  });

  it('draws grids of one cell, and grids in which nothing could be measured', () => {
    const [first] = recordedSweep().cells;
    for (const cells of [[first!], [{ ...first!, speedup: null }]]) {
      const [view] = ruleViews([stored({ cells })]);
      const { min, max } = heatMap(view!, []).options!.scales!['x'] as { min: number; max: number };
      expect(view!.fit).toBeNull();
      expect(max - min).toBe(2);
    }
  });
});

describe('ownPoints', () => {
  const conv = model('c', [
    { opType: 'Conv', parameters: 1000 },
    { opType: 'Gemm', parameters: 3000 },
    { opType: 'BatchNormalization', parameters: 64 },
  ]);
  const dense = model('d', [{ opType: 'MatMul', parameters: 500 }]);

  it('places a model by the mean weights of its layers and the positions of its input', () => {
    const [point, ...rest] = ownPoints(
      stored(),
      [row('c', { batch: 4, shapes: { x: [4, 3, 64, 16] } }), row('d')],
      [conv, dense],
    );
    expect(point).toMatchObject({ name: 'c', batch: 4, weightsPerLayer: 2000, size: 64 });
    expect(rest).toEqual([]);
    const map = stored({ definition: { ...recordedSweep().definition, family: 'dense' } });
    expect(ownPoints(map, [row('d', { shapes: { x: [8, 16, 32] } })], [conv, dense])).toMatchObject([
      { name: 'd', weightsPerLayer: 500, size: 128 },
    ]);
  });

  it('takes the newest trial, its fastest recipe, and only what was measured here', () => {
    const older = row('c', { trialId: 'old', recordedAt: '2026-10-01T00:00:00.000Z' });
    const slow = row('c', { speedup: { median: 1.1, low: 1, high: 1.2 } });
    const elsewhere = row('c', { batch: 2, runtime: { name: 'onnxruntime', version: '1' } });
    const unmeasured = row('c', { batch: 8, speedup: null });
    const points = ownPoints(stored(), [slow, row('c'), older, elsewhere, unmeasured, row('x')], [conv]);
    expect(points.map(({ batch, trialId, speedup }) => [batch, trialId, speedup.median])).toEqual([[1, 't', 1.5]]);
  });
});

it('shortCount reads well on an axis', () => {
  expect([576, 9216, 36_864, 589_824, 9_437_184, 2e9].map(shortCount)).toEqual([
    '576',
    '9,216',
    '37k',
    '590k',
    '9.4M',
    '2.0G',
  ]);
});
