import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCalibrationCache, writeCalibrationCache } from './calibration-cache.js';

const recorded = readFileSync(
  join(import.meta.dirname, '../../../../test/fixtures/trtexec/8.5.3/resnet50_b1/calibration.cache'),
  'utf8',
);

describe('calibration caches', () => {
  it('reads one that TensorRT 8.5.3 used', () => {
    const cache = parseCalibrationCache(recorded);
    expect(cache).toMatchObject({ packedVersion: '8503', calibrator: 'EntropyCalibration2' });
    expect(Object.keys(cache.scales)).toHaveLength(recorded.trim().split('\n').length - 1);
    // 0x3e493585 by hand: 2^(0x7c - 127) x (1 + 0x493585 / 2^23) = 0.125 x 1.571946... = 0.19649...
    expect(cache.scales['/layer2/layer2.1/relu/Relu_output_0']).toBeCloseTo(0.125 * (1 + 0x493585 / 2 ** 23), 9);
  });

  it('writes it back byte for byte', () => {
    const { scales } = parseCalibrationCache(recorded);
    const amax = Object.fromEntries(Object.entries(scales).map(([name, scale]) => [name, scale * 127]));
    expect(writeCalibrationCache(amax, '8.5.3').trim()).toBe(recorded.trim());
  });

  it('keeps every range to float32 precision, under any name', () => {
    const ranges = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => !/[\r\n]/.test(name) && name !== '__proto__'),
      fc.double({ min: 1e-30, max: 1e30, noNaN: true }),
    );
    fc.assert(
      fc.property(ranges, (amax) => {
        const { scales, packedVersion } = parseCalibrationCache(writeCalibrationCache(amax, '10.9.0'));
        expect(packedVersion).toBe('100900');
        for (const [name, range] of Object.entries(amax)) expect(scales[name]).toBeCloseTo(Math.fround(range / 127), 9);
      }),
    );
  });

  it('refuses what is none', () => {
    const invalid = expect.objectContaining({ code: 'calibration-cache-invalid' }) as Error;
    expect(() => parseCalibrationCache('hello')).toThrow(invalid);
    expect(() => parseCalibrationCache('TRT-8503-EntropyCalibration2\nx: zz')).toThrow(invalid);
    expect(() => writeCalibrationCache({ x: Number.NaN }, '8.5.3')).toThrow(
      expect.objectContaining({ code: 'range-invalid' }) as Error,
    );
  });
});
