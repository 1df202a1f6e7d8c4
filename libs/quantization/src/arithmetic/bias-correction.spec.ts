import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { biasCorrection } from './bias-correction.js';
import { quantizeWeights } from './weights.js';

const value = fc.float({ min: -4, max: 4, noNaN: true });
const many = (count: number) => fc.array(value, { minLength: count, maxLength: count });

describe('biasCorrection', () => {
  it('gives a convolution in groups the output it had on constant images, with one scale or many', () => {
    // 4 outputs in 2 groups of 3 inputs, kernel 2 x 1.
    const [dims, inputs, kernel] = [[4, 3, 2, 1], 3, 2];
    fc.assert(
      fc.property(many(24), many(6), fc.constantFrom(0, null), (weights, means, axis) => {
        const data = Float32Array.from(weights);
        const quantized = quantizeWeights(data, dims, axis, 8);
        const correction = biasCorrection(data, quantized, { dims, outputs: 0, groups: 2 }, means);
        for (let output = 0; output < 4; output++) {
          let [exact, rounded] = [0, 0];
          for (let i = 0; i < inputs; i++) {
            for (let k = 0; k < kernel; k++) {
              const at = (output * inputs + i) * kernel + k;
              const mean = means[(output < 2 ? 0 : inputs) + i]!;
              exact += data[at]! * mean;
              rounded += quantized.values[at]! * quantized.scales[axis === null ? 0 : output]! * mean;
            }
          }
          expect(rounded + correction[output]!).toBeCloseTo(exact, 9);
        }
      }),
    );
  });

  it('reads a matrix [inputs, outputs] and its transpose alike', () => {
    fc.assert(
      fc.property(many(15), many(5), (weights, means) => {
        const wide = Float32Array.from(weights);
        const turned = Float32Array.from(wide, (_, i) => wide[(i % 5) * 3 + Math.floor(i / 5)]!);
        const one = biasCorrection(
          wide,
          quantizeWeights(wide, [5, 3], 1, 8),
          { dims: [5, 3], outputs: 1, groups: 1 },
          means,
        );
        const other = biasCorrection(
          turned,
          quantizeWeights(turned, [3, 5], 0, 8),
          { dims: [3, 5], outputs: 0, groups: 1 },
          means,
        );
        one.forEach((correction, channel) => expect(correction).toBeCloseTo(other[channel]!, 9));
      }),
    );
  });
});
