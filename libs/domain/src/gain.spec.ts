import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gainNs, timesOf } from './gain.js';

describe('gainNs', () => {
  it.each([
    [30_807_000, 25_566_000, 5_241_000],
    [29_000, 32_000, -3_000],
    [10.6, 10.4, 1],
  ])('%d - %d = %d', (float, int8, expected) => {
    expect(gainNs(float, int8)).toBe(expected);
  });
});

describe('timesOf', () => {
  it("adds up to the nanosecond: the design page's own numbers", () => {
    const times = timesOf(30_807_000, 25_566_000, {
      tQuantNs: 1_851_000,
      tDequantNs: 1_072_000,
      int8Parts: { int8Ns: 12_585_000, floatNs: 9_558_000, conversionNs: 500_000, overheadNs: 0 },
      layerOverheadNs: 3500,
      layerSumRatio: 1.08,
      fused: { quantize: 0, dequantize: 0 },
    });
    expect(times.tInt8Ns).toBe(22_643_000);
    expect(times.int8Parts).toEqual({ int8Ns: 12_585_000, floatNs: 9_558_000, conversionNs: 500_000, overheadNs: 0 });
  });

  it('gives the residue to int8Ns', () => {
    const times = timesOf(100, 10, {
      tQuantNs: 1.4,
      tDequantNs: 1.4,
      int8Parts: { int8Ns: 3.4, floatNs: 1.4, conversionNs: 1.4, overheadNs: 1 },
      layerOverheadNs: 0,
      layerSumRatio: 1,
      fused: { quantize: 0, dequantize: 0 },
    });
    // 10 - 1 - 1 = 8 in T_int8; 8 - 1 - 1 - 1 = 5 for the INT8 part.
    expect(times).toMatchObject({ tQuantNs: 1, tDequantNs: 1, tInt8Ns: 8 });
    expect(times.int8Parts).toEqual({ int8Ns: 5, floatNs: 1, conversionNs: 1, overheadNs: 1 });
  });

  it('shows no INT8 time where there is none: the overhead takes the residue', () => {
    const times = timesOf(100, 10, {
      tQuantNs: 0,
      tDequantNs: 0,
      int8Parts: { int8Ns: 0, floatNs: 9.4, conversionNs: 0, overheadNs: 0.6 },
      layerOverheadNs: 0,
      layerSumRatio: 1,
      fused: { quantize: 0, dequantize: 0 },
    });
    expect(times.int8Parts).toEqual({ int8Ns: 0, floatNs: 9, conversionNs: 0, overheadNs: 1 });
  });

  it('leaves unknown parts null, never 0', () => {
    expect(timesOf(100, 90, null)).toEqual({
      tFloatNs: 100,
      tQuantNs: null,
      tInt8Ns: null,
      tDequantNs: null,
      int8EndToEndNs: 90,
      int8Parts: null,
      layerOverheadNs: null,
      layerSumRatio: null,
      fused: null,
    });
  });

  it('holds both identities for any split of any time', () => {
    const part = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(part, part, part, part, part, part, (quant, dequant, int8, float, conversion, overhead) => {
        const endToEnd = quant + dequant + int8 + float + conversion + overhead;
        const times = timesOf(1, endToEnd, {
          tQuantNs: quant,
          tDequantNs: dequant,
          int8Parts: { int8Ns: int8, floatNs: float, conversionNs: conversion, overheadNs: overhead },
          layerOverheadNs: 0,
          layerSumRatio: 1,
          fused: { quantize: 0, dequantize: 0 },
        });
        const parts = Object.values(times.int8Parts ?? {});
        expect(parts.every(Number.isInteger)).toBe(true);
        expect((times.tQuantNs ?? 0) + (times.tInt8Ns ?? 0) + (times.tDequantNs ?? 0)).toBe(times.int8EndToEndNs);
        expect(parts.reduce((sum, value) => sum + value, 0)).toBe(times.tInt8Ns);
      }),
    );
  });
});
