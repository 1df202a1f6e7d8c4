import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { biasScaleFloors, quantizeBias, quantizeWeights } from './weights.js';

const floats = (count: number) =>
  fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: count, maxLength: count });

describe('quantizeWeights', () => {
  it('gives each channel along any axis its own scale, amax/127', () => {
    const data = Float32Array.of(1, 10, -2, 20, 3, -30, 4, 40);
    const rows = quantizeWeights(data, [4, 2], 0, 8);
    expect([...rows.scales]).toEqual([10, 20, 30, 40].map((amax) => Math.fround(amax / 127)));
    const columns = quantizeWeights(data, [4, 2], 1, 8);
    expect([...columns.scales]).toEqual([4, 40].map((amax) => Math.fround(amax / 127)));
    expect(columns.values[7]).toBe(127);
    expect(columns.values[5]).toBe(-95);
    const middle = quantizeWeights(data, [2, 2, 2], 1, 8);
    expect([...middle.scales]).toEqual([30, 40].map((amax) => Math.fround(amax / 127)));
  });

  it('errs by half a step at most', () => {
    fc.assert(
      fc.property(floats(24), fc.constantFrom(7 as const, 8 as const), (values, bits) => {
        const data = Float32Array.from(values);
        const { values: q, scales } = quantizeWeights(data, [4, 6], 0, bits);
        data.forEach((value, i) => {
          const scale = scales[Math.floor(i / 6)]!;
          expect(Math.abs(value - q[i]! * scale)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-5));
        });
      }),
    );
  });

  it('stays within the limit for floats of any size, the smallest and the largest among them', () => {
    const any = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(any, fc.constantFrom(7 as const, 8 as const), (values, bits) => {
        const { values: q } = quantizeWeights(Float32Array.from(values), [2, 3], 0, bits);
        for (const value of q) expect(Math.abs(value)).toBeLessThanOrEqual(bits === 7 ? 64 : 127);
      }),
    );
  });

  it('keeps pairs of 7-bit products within int16', () => {
    const { values } = quantizeWeights(Float32Array.of(-5, 5, 1), [3], null, 7);
    expect([...values]).toEqual([-64, 64, 13]);
    expect(2 * 255 * Math.max(...values)).toBeLessThanOrEqual(32_767);
  });

  it('gives an all-zero channel a usable scale and refuses NaN', () => {
    expect([...quantizeWeights(Float32Array.of(0, 0, 1, 1), [2, 2], 0, 8).scales]).toEqual([1, Math.fround(1 / 127)]);
    for (const bad of [Number.NaN, Infinity]) {
      const data = Float32Array.of(bad, 1);
      expect(() => quantizeWeights(data, [2], null, 8, null, 'conv.w')).toThrow(/"conv.w" holds NaN or infinity/);
    }
  });
});

describe('quantizeBias', () => {
  it('fits int32 once the weight scale respects the floor', () => {
    const bias = Float32Array.of(5, -1e6);
    const floors = biasScaleFloors(bias, 1e-3);
    const { scales } = quantizeWeights(Float32Array.of(1e-9, 1e-9), [2, 1], 0, 8, floors);
    const { values, scales: biasScales } = quantizeBias(bias, 1e-3, scales);
    values.forEach((value, i) =>
      expect(value * biasScales[i]!).toBeCloseTo(bias[i]!, -Math.floor(Math.log10(Math.abs(bias[i]!) * 1e-6))),
    );
    expect(Math.abs(values[1]!)).toBeLessThanOrEqual(2 ** 31 - 1);
    expect(Math.abs(values[1]!)).toBeGreaterThan(2 ** 30);
  });
});
