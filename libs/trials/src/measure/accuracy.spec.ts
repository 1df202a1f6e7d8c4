import { describe, expect, it } from 'vitest';
import type { TensorMap } from '@octet/engines';
import { tableDataset } from '@octet/quantization';
import { measureAccuracy } from './accuracy.js';

/** Scores of three classes: what goes in comes out, changed by `change`. */
const engine = (change: (value: number, index: number) => number) => ({
  infer: ({ x }: TensorMap): Promise<TensorMap> => {
    const data = Float32Array.from(x?.data as Float32Array, change);
    return Promise.resolve({ y: { dataType: 'float32', dims: x?.dims ?? [], data } });
  },
});
const same = engine((value) => value);
const rows = [
  [3, 1, 2],
  [1, 3, 2],
  [1, 2, 3],
  [2, 3, 1],
];
const dataset = (labels: number[] | null) =>
  tableDataset(
    [
      {
        name: 'x',
        constant: false,
        tensor: { dataType: 'float32', dims: [4, 3], data: Float32Array.from(rows.flat()) },
      },
    ],
    'hash',
    labels === null ? null : Int32Array.from(labels),
  );

/** A clock that stands still. */
const nowMs = (): number => 0;

describe('measureAccuracy', () => {
  it('stops after a minute where each batch takes seconds, and says how many inputs it saw', async () => {
    const data = Float32Array.from({ length: 36 }, (_, index) => index);
    const many = tableDataset(
      [{ name: 'x', constant: false, tensor: { dataType: 'float32', dims: [12, 3], data } }],
      'hash',
      null,
    );
    let clockMs = 0;
    const slow = {
      infer: (inputs: TensorMap) => {
        clockMs += 7_000;
        return same.infer(inputs);
      },
    };
    const request = { reference: same, dataset: many, batch: 1, budget: null, nowMs: () => clockMs };
    expect(await measureAccuracy({ ...request, engine: slow })).toMatchObject({ inputs: 9 });
    expect(await measureAccuracy({ ...request, engine: same })).toMatchObject({ inputs: 12 });
  });

  it('compares with the reference by cosine and SQNR', async () => {
    const request = { reference: same, dataset: dataset(null), batch: 2, budget: null, nowMs };
    const doubled = await measureAccuracy({ ...request, engine: engine((value) => 2 * value) });
    // A noise as large as the signal: 0 dB, in the same direction.
    expect(doubled).toMatchObject({ metric: 'cosine', inputs: 4, reference: 'fp32', referenceValue: null });
    expect(doubled?.value).toBeCloseTo(1, 12);
    expect(doubled?.all['sqnr']).toBeCloseTo(0, 12);
    const equal = await measureAccuracy({ ...request, engine: same, budget: { metric: 'sqnr', atLeast: 20 } });
    expect(equal).toMatchObject({ metric: 'sqnr', value: 300 });
  });

  it('counts labels where the budget asks for them', async () => {
    const request = {
      reference: same,
      dataset: dataset([0, 1, 2, 0]),
      batch: 1,
      budget: { metric: 'top1', maxDrop: 0.01 } as const,
      nowMs,
    };
    // Reversed scores: the smallest wins, so only the label that was smallest is hit.
    const reversed = await measureAccuracy({ ...request, engine: engine((value) => -value) });
    expect(reversed).toMatchObject({ metric: 'top1', value: 0, referenceValue: 0.75, inputs: 4 });
    expect(reversed?.all).toMatchObject({ top1: 0, agreement: 0 });
  });

  it('calls outputs that are no numbers as wrong as can be, and stays JSON', async () => {
    const broken = engine(() => Number.NaN);
    const result = await measureAccuracy({
      reference: same,
      engine: broken,
      dataset: dataset(null),
      batch: 1,
      budget: null,
      nowMs,
    });
    expect(result).toMatchObject({ value: -1, all: { sqnr: -300 } });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('has no answer when the data fill no batch', async () => {
    const request = { reference: same, engine: same, dataset: dataset(null), batch: 5, budget: null, nowMs };
    expect(await measureAccuracy(request)).toBeNull();
  });
});
