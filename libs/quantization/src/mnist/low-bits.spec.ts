import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { type Digits, readDigits } from '../../../../examples/digits.js';
import { tableDataset, type Dataset } from '../dataset/dataset.js';
import { nodeRunner } from '../testing/node-runner.js';
import { digitPicture } from './digit-picture.js';
import { roundWeights } from './low-bits.js';
import { mnistStory } from './mnist-story.js';

describe('roundWeights', () => {
  it('leaves at most 2^bits - 1 levels in a channel, and two with one bit', () => {
    const data = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i * 1.7));
    for (const [bits, levels] of [
      [4, 15],
      [2, 3],
      [1, 2],
    ] as const) {
      const rounded = roundWeights(data, [2, 100], 0, bits);
      expect(new Set(rounded.subarray(0, 100)).size).toBeLessThanOrEqual(levels);
    }
    const error = (bits: number): number =>
      roundWeights(data, [2, 100], 0, bits).reduce((sum, x, i) => sum + (x - data[i]!) ** 2, 0);
    expect(error(8)).toBeLessThan(error(4));
    expect(error(4)).toBeLessThan(error(2));
    expect(error(2)).toBeLessThan(error(1));
  });
});

describe('digitPicture', () => {
  it('has two rows of pixels in a line and two shades with one bit', () => {
    const lines = digitPicture(Float32Array.of(0, 1, 0, 1, 0.9, 0.1, 0.9, 0.1), 2, 1);
    expect(lines).toEqual([' @']);
    expect(digitPicture(Float32Array.of(0.9, 0.1, 0.9, 0.1), 2, 1)).toEqual(['@ ']);
  });
});

function dataset({ images, labels }: Digits, count: number): Dataset {
  const data = Float32Array.from(images.subarray(0, count * 784), (byte) => byte / 255);
  const tensor = { dataType: 'float32' as const, dims: [count, 1, 28, 28], data };
  return tableDataset(
    [{ name: 'image', tensor, constant: false }],
    'digits',
    Int32Array.from(labels.subarray(0, count)),
  );
}

describe('mnistStory', () => {
  it('keeps the accuracy in INT8 for every scheme and calibrator, and loses it bit by bit', async () => {
    const digits = readDigits();
    const story = await mnistStory({
      modelPath: fileURLToPath(new URL('../../../../examples/models/mnist-cnn.onnx', import.meta.url)),
      calibration: dataset(digits.calibration, 100),
      heldOut: dataset(digits.test, 1000),
      runner: nodeRunner(),
      seed: 1,
    });
    expect(story.digits).toBe(1000);
    expect(story.rows).toHaveLength(11);
    const float = story.rows[0]!.top1.value;
    expect(float).toBeGreaterThan(0.97);
    for (const row of story.rows.slice(1)) expect(row.top1.value).toBeGreaterThan(float - 0.01);
    const [eight, four, two, one] = story.robustness.map((row) => row.top1.value);
    expect(eight).toBeGreaterThan(float - 0.01);
    expect(four).toBeGreaterThan(0.95);
    expect(two).toBeLessThan(four!);
    expect(one).toBeLessThan(two!);
  });
});
