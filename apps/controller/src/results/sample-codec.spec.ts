import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSamples, encodeSamples } from './sample-codec.js';

describe('raw samples', () => {
  it('come back exactly, whatever they are', () => {
    const anySamples = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 })),
      fc.array(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
    );
    fc.assert(
      fc.property(anySamples, (samples) => {
        expect(decodeSamples(encodeSamples(samples))).toEqual(samples);
      }),
    );
  });

  it('take four bytes for whole nanoseconds below 2.1 s, else eight', () => {
    expect(encodeSamples([1, 2, 2 ** 31 - 1])).toMatchObject({ encoding: 'int32', count: 3 });
    expect(encodeSamples([1, 2, 3]).data.length).toBe(12);
    expect(encodeSamples([1, 2 ** 31]).data.length).toBe(16);
    expect(encodeSamples([0.5]).encoding).toBe('float64');
  });

  it('are little-endian', () => {
    expect([...encodeSamples([1]).data]).toEqual([1, 0, 0, 0]);
  });
});
