import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Tensor } from '../tensor.js';
import { compareOutputs } from './compare.js';
import { evaluate } from './evaluate.js';
import { tableDataset } from '../dataset/dataset.js';
import { agreement, rankOf, topK } from './top-k.js';
import { wilsonInterval } from './wilson.js';

const tensor = (dims: number[], values: number[]): Tensor => ({
  dataType: 'float32',
  dims,
  data: Float32Array.from(values),
});

describe('compareOutputs', () => {
  it('agrees with values worked out by hand, for each output and overall', () => {
    const reference = { a: tensor([2], [3, 4]), b: tensor([1], [1]) };
    const candidate = { a: tensor([2], [3, 3]), b: tensor([1], [1]) };
    const { outputs, overall } = compareOutputs(reference, candidate);
    expect(outputs['a']!.cosine).toBeCloseTo(21 / (5 * Math.sqrt(18)), 12);
    expect(outputs['a']!.sqnrDb).toBeCloseTo(10 * Math.log10(25), 12);
    expect(outputs['a']).toMatchObject({ maxError: 1, elements: 2 });
    expect(outputs['b']).toMatchObject({ cosine: 1, sqnrDb: Infinity });
    expect(overall.sqnrDb).toBeCloseTo(10 * Math.log10(26), 12);
  });

  it('tells 20 dB for an error of a tenth, whatever the scale', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 1, max: 100, noNaN: true }), { minLength: 2 }),
        fc.constantFrom(0.25, 1, 8),
        (values, scale) => {
          const { overall } = compareOutputs(
            {
              y: tensor(
                [values.length],
                values.map((v) => v * scale),
              ),
            },
            {
              y: tensor(
                [values.length],
                values.map((v) => v * scale * 1.1),
              ),
            },
          );
          expect(overall.sqnrDb).toBeCloseTo(20, 3);
          expect(overall.cosine).toBeCloseTo(1, 6);
        },
      ),
    );
  });

  it('does not hide NaN, and refuses outputs of another size', () => {
    expect(compareOutputs({ y: tensor([1], [1]) }, { y: tensor([1], [Number.NaN]) }).overall.sqnrDb).toBeNaN();
    expect(() => compareOutputs({ y: tensor([1], [1]) }, { y: tensor([2], [1, 2]) })).toThrow(/"y"/);
    expect(() => compareOutputs({ y: tensor([1], [1]) }, {})).toThrow(/"y"/);
  });
});

describe('top-k', () => {
  const scores = tensor([3, 4], [0.1, 0.9, 0.3, 0.2, 5, 1, 2, 3, 1, 1, 1, 1]);

  it('counts labels among the k highest, ties against them', () => {
    expect(topK(scores, [1, 3, 0], 1)).toMatchObject({ hits: 1, inputs: 3 });
    expect(topK(scores, [1, 3, 0], 2)).toMatchObject({ hits: 2 });
    expect(topK(scores, [1, 3, 0], 4)).toMatchObject({ hits: 3 });
    expect(rankOf([1, 2], 7)).toBe(2);
  });

  it('counts equal best classes', () => {
    expect(agreement(scores, tensor([3, 4], [0, 1, 0, 0, 1, 9, 2, 3, 1, 0, 0, 0]))).toMatchObject({
      hits: 2,
      inputs: 3,
    });
  });
});

describe('wilsonInterval', () => {
  it('agrees with published values', () => {
    // R: prop.test(9, 10, correct = FALSE) gives 0.5958 to 0.9821; 0 of 10 gives 0 to 0.2775.
    const nine = wilsonInterval(9, 10)!;
    expect(nine.low).toBeCloseTo(0.5958, 4);
    expect(nine.high).toBeCloseTo(0.9821, 4);
    expect(wilsonInterval(0, 10)!.low).toBe(0);
    expect(wilsonInterval(0, 10)!.high).toBeCloseTo(0.2775, 4);
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});

describe('evaluate', () => {
  it('compares batch by batch, with labels', async () => {
    const inputs = { name: 'x', constant: false, tensor: tensor([4, 2], [1, 0, 0, 1, 1, 0, 0, 1]) };
    const dataset = tableDataset([inputs], 'h', Int32Array.of(0, 1, 1, 1));
    const swapped = async ({ x }: Record<string, Tensor>) => ({
      y: { ...x!, data: (x!.data as Float32Array).toReversed() },
    });
    const report = await evaluate(async ({ x }) => ({ y: x! }), swapped, dataset, 2);
    expect(report.inputs).toBe(4);
    expect(report.agreement).toMatchObject({ hits: 4 });
    expect(report.labelled!.referenceTop1).toMatchObject({ hits: 3, value: 0.75 });
    expect(report.labelled!.top1.interval!.low).toBeLessThan(0.75);
  });

  it('refuses a label that is no class, and fewer samples than one batch', async () => {
    const inputs = { name: 'x', constant: false, tensor: tensor([2, 2], [1, 0, 0, 1]) };
    const same = async ({ x }: Record<string, Tensor>) => ({ y: x! });
    const mislabelled = tableDataset([inputs], 'h', Int32Array.of(0, 2));
    await expect(evaluate(same, same, mislabelled)).rejects.toMatchObject({ code: 'dataset-labels' });
    const short = tableDataset([inputs], 'h', null);
    await expect(evaluate(same, same, short, 4)).rejects.toMatchObject({ code: 'dataset-too-small' });
  });
});
