import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchStream, randomDataset, splitHeldOut } from '@octet/quantization';
import { randomSampleCount } from './trial-inputs.js';

const inputs = [{ name: 'x', dataType: 'float32' as const, dims: [1, 2] }];

it('makes as many random samples as any fixed batch needs for calibrating', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (batch) => {
      const dataset = randomDataset(inputs, { x: [batch, 2] }, 1, randomSampleCount(batch));
      const { calibration } = splitHeldOut(dataset, 1);
      expect(calibration.count).toBeGreaterThanOrEqual(batch);
      expect(batchStream(calibration, { batchSize: batch, batches: 1, firstBatch: 0, seed: 1 }).batches).toBe(1);
    }),
    { numRuns: 60 },
  );
  expect(randomSampleCount(1)).toBe(16);
});
