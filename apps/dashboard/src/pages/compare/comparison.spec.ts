import type { ResultRow } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { compareTargets, measuredOf, meanRatio, type Measured } from './comparison.js';

const target = (name: string) => ({
  deviceClass: `sm_86/${name}/24g/150w`,
  deviceName: name,
  architecture: 'sm_86',
  runtime: 'tensorrt',
  version: '8.5.3',
});
const [slow, fast] = [target('slow'), target('fast')];
const measured = (model: string, on: typeof slow, fp16: number, int8: number): Measured => ({
  model,
  target: on,
  ns: { fp16, int8 },
  millijoules: {},
});

describe('compareTargets', () => {
  const all = [
    measured('a', slow, 4e6, 2e6),
    measured('b', slow, 8e6, 8e6),
    measured('a', fast, 1e6, 1e6),
    measured('b', fast, 8e6, 2e6),
    measured('c', fast, 1e6, 1e6),
  ];

  it('takes geometric means over the models in common', () => {
    const [, second] = compareTargets(all, [slow, fast], 1, new Map());
    // fp16: 4 and 1, int8: 2 and 4.
    expect(second?.relative['fp16']?.mean).toBeCloseTo(2, 12);
    expect(second?.relative['int8']?.mean).toBeCloseTo(Math.sqrt(8), 12);
    expect(second?.relative['fp32']).toBeNull();
    // Fastest float over INT8 on the device itself: 1, 4 and 1.
    expect(second?.gain?.mean).toBeCloseTo(4 ** (1 / 3), 12);
    expect(second?.gain?.models).toBe(3);
  });

  it('prices a million inferences', () => {
    const price = new Map([['sm_86/slow/24g/150w tensorrt', 3.6]]);
    const [first] = compareTargets([measured('a', slow, 4e6, 2e6)], [slow], 4, price);
    // 2 ms for a batch of 4: 0.5 ms each, 500 s for a million, at 0.001 a second.
    expect(first?.costPerMillion).toBeCloseTo(0.5, 12);
  });
});

describe('measuredOf', () => {
  const row = (
    scheme: string,
    int8EndToEndNs: number,
    energy: [number, number] | null,
    changes: Partial<ResultRow> = {},
  ) =>
    ({
      model: { name: 'a', sha256: 'a' },
      device: { class: 'sm_86/x/24g/150w', name: 'x', architecture: 'sm_86' },
      runtime: { name: 'tensorrt', version: '8.5.3' },
      batch: 4,
      recipe: { scheme },
      floats: { fp16: 4e6 },
      times: { int8EndToEndNs } as Partial<ResultRow['times']>,
      verdict: 'worth-it',
      reasons:
        energy === null
          ? []
          : [
              {
                id: 'energy-per-inference',
                severity: 'info',
                evidence: { against: 'fp16', floatMillijoules: energy[0], int8Millijoules: energy[1] },
                advice: '',
              },
            ],
      ...changes,
    }) as ResultRow;

  it('takes the newest row of each recipe, and of these the fastest that is accurate', () => {
    const rows = [
      row('a', 1e6, null),
      row('a', 3e6, null),
      row('b', 2e6, null),
      row('c', 1e6, null, { verdict: 'accuracy-fails' }),
    ];
    expect(measuredOf(rows, 4).map(({ ns }) => ns)).toEqual([{ fp16: 4e6, int8: 2e6 }]);
    expect(measuredOf(rows, 1)).toEqual([]);
  });

  it('keeps the energy of that engine, and none where it was not measured', () => {
    expect(measuredOf([row('a', 3e6, [40, 30]), row('b', 2e6, [44, 20])], 4)[0]?.millijoules).toEqual({
      float: 44,
      int8: 20,
    });
    expect(measuredOf([row('a', 3e6, [40, 30]), row('b', 2e6, null)], 4)[0]?.millijoules).toEqual({ float: 40 });
    const [first] = compareTargets(
      measuredOf([row('a', 3e6, [40, 30])], 4),
      [{ ...fast, deviceClass: 'sm_86/x/24g/150w' }],
      4,
      new Map(),
    );
    // A batch of 4 took 40 and 30 mJ.
    expect([first?.energy.float?.mean, first?.energy.int8?.mean]).toEqual([
      expect.closeTo(10, 9),
      expect.closeTo(7.5, 9),
    ]);
  });
});

describe('meanRatio', () => {
  it('gives an interval from three models on', () => {
    expect(meanRatio([])).toBeNull();
    expect(meanRatio([2, null])).toEqual({ mean: 2, low: null, high: null, models: 1 });
    // logs 0, ln 2, ln 4: mean ln 2, deviation ln 2, t(2) = 4.3027, half-width 4.3027 ln 2 / sqrt 3.
    const half = Math.exp((4.30265 * Math.LN2) / Math.sqrt(3));
    const ratio = meanRatio([1, 2, 4]);
    expect(ratio?.low).toBeCloseTo(2 / half, 4);
    expect(ratio?.high).toBeCloseTo(2 * half, 3);
  });
});
