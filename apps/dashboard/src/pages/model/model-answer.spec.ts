import type { Verdict } from '@octet/domain';
import type { StoredRow } from '@octet/protocol';
import { describe, expect, it } from 'vitest';
import { answersOf, fastestOf } from './model-answer.js';
import { comparePlaces } from './model-comparison.js';
import { answerInWords } from './model-words.js';

function row(batch: number, verdict: Verdict, int8Ns: number, changes: Partial<StoredRow> = {}): StoredRow {
  const speedup = 2000 / int8Ns;
  return {
    model: { name: 'm', sha256: 'a' },
    device: { class: 'sm_86/a10/24g/150w', name: 'A10', architecture: 'sm_86' },
    runtime: { name: 'tensorrt', version: '10' },
    batch,
    shapes: {},
    recipe: { scheme: 'static-symmetric', calibrator: 'max' },
    floatVariant: 'fp16',
    floats: { fp32: 3000, fp16: 2000 },
    times: {
      tFloatNs: 2000,
      tQuantNs: null,
      tInt8Ns: null,
      tDequantNs: null,
      int8EndToEndNs: int8Ns,
      int8Parts: null,
      layerOverheadNs: null,
      layerSumRatio: null,
      fused: null,
    },
    gainNs: 2000 - int8Ns,
    speedup: { median: speedup, low: speedup, high: speedup },
    rounds: 9,
    accuracy: null,
    verdict,
    reasons: [
      { id: 'conversions-dominate', severity: 'warning', evidence: {}, advice: 'fuse them' },
      { id: 'unstable', severity: 'info', evidence: {}, advice: 'free the host' },
    ],
    trialId: null,
    matrixId: 'x',
    noiseFloor: 0.01,
    recordedAt: '2026-11-01T00:00:00.000Z',
    ...changes,
  };
}

describe('the answer of a model', () => {
  it('is said in words, batch by batch, with what to try', () => {
    const [answer] = answersOf([row(1, 'slower', 2500), row(4, 'worth-it', 1000), row(8, 'worth-it', 1600)]);
    expect(answerInWords(answer!)).toEqual({
      says: 'Worth it at batch 4 and 8 (1.25× to 2.00×); slower than float at batch 1 (0.80×).',
      advice: 'fuse them',
    });
    const [unsteady] = answersOf([row(1, 'unstable', 1000)]);
    expect(answerInWords(unsteady!).advice).toBe('free the host');
    const [yes] = answersOf([row(1, 'worth-it', 1000)]);
    expect(answerInWords(yes!).advice).toBeNull();
  });

  it('names INT8 as the fastest only where its verdict does not speak against it', () => {
    const fastest = (verdict: Verdict) => fastestOf(answersOf([row(1, verdict, 1900)]), 1)[0];
    expect(fastest('not-worth-it')).toMatchObject({ variant: 'fp16', ns: 2000, certain: true });
    expect(fastest('worth-it')).toMatchObject({ variant: 'int8', ns: 1900, certain: true });
    expect(fastest('undecided')).toMatchObject({ variant: 'int8', certain: false });
    const reasons = [{ id: 'accuracy-budget', severity: 'critical' as const, evidence: {}, advice: '' }];
    const inaccurate = answersOf([row(1, 'unstable', 1900, { reasons })]);
    expect(fastestOf(inaccurate, 1)[0]).toMatchObject({ variant: 'fp16', certain: true });
  });
});

describe('comparePlaces', () => {
  it('sets two models side by side where both were measured, the rest after', () => {
    const own = answersOf([row(1, 'slower', 2500), row(4, 'worth-it', 1000)]);
    const other = answersOf([row(4, 'worth-it', 500)]);
    const places = comparePlaces(own, other);
    expect(places.map(({ batch, ratio }) => [batch, ratio])).toEqual([
      [4, 0.5],
      [1, null],
    ]);
    expect(places[1]?.other).toBeNull();
  });
});
