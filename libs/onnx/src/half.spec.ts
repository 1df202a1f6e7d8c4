import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16Bits, bfloat16Value, float16Bits, float16Value } from './half.js';

const finiteHalves = Array.from({ length: 0x7c00 }, (_, bits) => bits);

describe('float16', () => {
  it('keeps every finite value, sign included', () => {
    for (const bits of finiteHalves) {
      expect(float16Bits(float16Value(bits))).toBe(bits);
      expect(float16Bits(float16Value(bits | 0x8000))).toBe(bits | 0x8000);
    }
  });

  it('knows values that IEEE 754 gives by hand', () => {
    expect([1, -2, 65504, 2 ** -24, 2 ** -14, 0.333251953125].map(float16Bits)).toEqual([
      0x3c00, 0xc000, 0x7bff, 1, 0x400, 0x3555,
    ]);
    expect(float16Value(0x7c00)).toBe(Infinity);
    expect(float16Value(0x7e00)).toBeNaN();
    expect(float16Value(float16Bits(NaN))).toBeNaN();
  });

  it('rounds to nearest, ties to even, over to infinity half a step above the largest', () => {
    expect(float16Bits(1 + 2 ** -11)).toBe(0x3c00);
    expect(float16Bits(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(float16Bits(65519.996)).toBe(0x7bff);
    expect(float16Bits(65520)).toBe(0x7c00);
    expect(float16Bits(2 ** -25)).toBe(0);
    expect(float16Bits(Math.fround(2 ** -25 * 1.0000002))).toBe(1);
    // The largest subnormal rounds up into the smallest normal number.
    expect(float16Bits(2 ** -14 - 2 ** -26)).toBe(0x400);
  });

  it('gives the nearest of all halves for any float', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const bits = float16Bits(value);
        const error = Math.abs(float16Value(bits) - value);
        const neighbours = [bits - 1, bits + 1].filter((other) => (other & 0x7fff) < 0x7c00 && other >= 0);
        return neighbours.every((other) => Math.abs(float16Value(other) - value) >= error);
      }),
    );
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32, rounded half to even', () => {
    expect(bfloat16Bits(1)).toBe(0x3f80);
    expect(bfloat16Bits(1 + 2 ** -8)).toBe(0x3f80);
    expect(bfloat16Bits(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(bfloat16Value(0xc040)).toBe(-3);
    expect(bfloat16Value(bfloat16Bits(NaN))).toBeNaN();
    expect(bfloat16Bits(-Infinity)).toBe(0xff80);
  });
});
