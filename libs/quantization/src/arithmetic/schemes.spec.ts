import { mulberry32 } from '@octet/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  lectureAsymmetric,
  lectureSymmetric,
  quantize,
  quantizeValue,
  runtimeAsymmetric,
  runtimeSymmetric,
  storableScale,
  unsignedSymmetric,
  valueRange,
  type QuantizationParameters,
} from './schemes.js';

/** Rounding of the float32 scale moves the ends of the range by at most this share. */
const single = 1 + 2 ** -15;

const magnitude = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
const share = fc.double({ min: -1, max: 1, noNaN: true });

function roundTripError(x: number, p: QuantizationParameters): number {
  return Math.abs(x - p.scale * (quantizeValue(x, p) - p.zeroPoint));
}

describe('quantise and dequantise', () => {
  it('errs by half a step at most anywhere in [(qmin - z) s, (qmax - z) s]', () => {
    const parameters = fc
      .tuple(fc.constantFrom('runtime', 'lecture', 'unsigned', 'asymmetric', 'lecture-asymmetric'), magnitude, share)
      .map(([kind, amax, low]) => {
        if (kind === 'runtime') return runtimeSymmetric(amax);
        if (kind === 'lecture') return lectureSymmetric(amax);
        if (kind === 'unsigned') return unsignedSymmetric(amax, low > 0);
        const [min, max] = low < 0 ? [low * amax, amax] : [-amax, low * amax];
        return kind === 'asymmetric' ? runtimeAsymmetric(min, max) : lectureAsymmetric(min, max);
      });
    fc.assert(
      fc.property(parameters, fc.double({ min: 0, max: 1, noNaN: true }), (p, at) => {
        const low = (p.qmin - p.zeroPoint) * p.scale;
        const high = (p.qmax - p.zeroPoint) * p.scale;
        const x = low + at * (high - low);
        expect(roundTripError(x, p)).toBeLessThanOrEqual((p.scale / 2) * (1 + 1e-9));
      }),
      { numRuns: 500 },
    );
  });

  it("errs by one step at most at the top end of the lecture's 256 steps, and by no more than half below", () => {
    fc.assert(
      fc.property(magnitude, share, (amax, at) => {
        const p = lectureSymmetric(amax);
        expect(roundTripError(at * amax, p)).toBeLessThanOrEqual(p.scale * single);
        expect(roundTripError(-Math.abs(at) * amax, p)).toBeLessThanOrEqual((p.scale / 2) * single);
      }),
    );
    const p = lectureSymmetric(128);
    expect(p.scale).toBe(1);
    expect(roundTripError(128, p)).toBe(1);
    expect(roundTripError(-128, p)).toBe(0);
  });

  it('never clips within [-amax, amax] in the form that runtimes use', () => {
    fc.assert(
      fc.property(magnitude, share, (amax, at) => {
        const p = runtimeSymmetric(amax);
        expect(roundTripError(at * amax, p)).toBeLessThanOrEqual((p.scale / 2) * single);
      }),
    );
  });

  it('keeps zero exact in every scheme', () => {
    fc.assert(
      fc.property(magnitude, magnitude, (a, b) => {
        for (const p of [
          runtimeAsymmetric(-a, b),
          lectureAsymmetric(-a, b),
          lectureSymmetric(a),
          unsignedSymmetric(a, false),
        ]) {
          expect(roundTripError(0, p)).toBe(0);
        }
      }),
    );
  });

  it('is better asymmetric than symmetric on one-sided data', () => {
    // Seeded samples of many one-sided shapes: single adversarial arrays may lie on the coarser grid by chance.
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.5, max: 4, noNaN: true }), magnitude, (seed, power, amax) => {
        const random = mulberry32(seed);
        const values = Float64Array.from({ length: 2000 }, () => amax * random() ** power);
        const { min, max } = valueRange(values);
        const squared = (p: QuantizationParameters) =>
          values.reduce((sum, x) => sum + ((x - p.scale * (quantizeValue(x, p) - p.zeroPoint)) / amax) ** 2, 0);
        expect(squared(runtimeAsymmetric(min, max))).toBeLessThan(squared(runtimeSymmetric(max)) / 2);
      }),
    );
  });

  it('agrees with hand-worked values', () => {
    const p = runtimeAsymmetric(-1, 3);
    expect(p.zeroPoint).toBe(64);
    expect([...quantize([-1, 0, 3, 9], p)]).toEqual([0, 64, 255, 255]);
    expect(lectureAsymmetric(-1, 3)).toMatchObject({ scale: 1 / 64, zeroPoint: 64 });
    expect([...quantize([0.5, 1.5, 2.5, -0.5], { scale: 1, zeroPoint: 0, qmin: -128, qmax: 127 })]).toEqual([
      0, 2, 2, 0,
    ]);
  });
});

describe('storableScale', () => {
  it('gives all-zero data a scale of 1 and keeps tiny ones normal', () => {
    expect(runtimeSymmetric(0).scale).toBe(1);
    expect(runtimeAsymmetric(0, 0)).toMatchObject({ scale: 1, zeroPoint: 0 });
    expect(storableScale(1e-45)).toBe(2 ** -126);
  });

  it('refuses NaN and what overflows float32', () => {
    expect(() => storableScale(Number.NaN)).toThrow(/NaN/);
    expect(() => runtimeSymmetric(1e300)).toThrow(expect.objectContaining({ code: 'bad-range' }));
  });
});
