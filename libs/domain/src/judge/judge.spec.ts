import { describe, expect, it } from 'vitest';
import { classify } from '../split/index.js';
import type { CpuDevice, GpuDevice } from '../device.js';
import type { EngineLayer } from '../layer.js';
import { recipeDefaults, recipeLabel, type FloatVariant, type Recipe } from '../recipe.js';
import type { AccuracyResult, EngineRecord, RoundRecord, TrialRecord } from '../trial.js';
import { judge } from './judge.js';

const int8Label = recipeLabel(recipeDefaults);
const cpu: CpuDevice = {
  kind: 'cpu',
  id: 'cpu',
  name: 'Xeon',
  architecture: 'x86-64',
  instructionSets: ['AVX2', 'AVX512-VNNI'],
  threads: 2,
  physicalCores: 2,
  logicalCores: 2,
  memoryBytes: 2 ** 33,
};
const t4: GpuDevice = {
  kind: 'gpu',
  id: 'GPU-1',
  name: 'Tesla T4',
  architecture: 'sm_75',
  memoryBytes: 16 * 2 ** 30,
  powerLimitW: 70,
  powerMode: null,
  driverVersion: '550',
  index: 0,
  mig: false,
};

const layer = (
  name: string,
  type: string,
  from: string,
  to: string,
  timeNs: number,
  kind: EngineLayer['kind'] = 'compute',
): EngineLayer => ({
  name,
  type,
  kind,
  inputs: [{ name: `${name}.in`, dataType: from as 'fp32', format: null, dims: null }],
  outputs: [{ name: `${name}.out`, dataType: to as 'fp32', format: null, dims: null }],
  timeNs,
  kernel: null,
  provider: null,
  weightBytes: null,
});
/** 40 + 800 + 100 + 60 us as profiled: exactly the end-to-end time of 1 ms, so the profiler's constant is 0. */
const int8Layers = classify([
  layer('q', 'QuantizeLinear', 'fp32', 'uint8', 40_000, 'conversion'),
  layer('conv', 'QLinearConv', 'uint8', 'uint8', 800_000),
  layer('mul', 'Mul', 'fp32', 'fp32', 100_000),
  layer('dq', 'DequantizeLinear', 'uint8', 'fp32', 60_000, 'conversion'),
]);

function engineRecord(label: string, change: Partial<EngineRecord> = {}): EngineRecord {
  const isFloat = !label.startsWith('int8');
  return {
    label,
    variant: isFloat ? (label.replace(/#.*/, '') as FloatVariant) : 'int8',
    recipe: isFloat ? null : recipeDefaults,
    status: 'measured',
    refusal: null,
    build: null,
    layers: isFloat ? null : int8Layers,
    accuracy: null,
    ...change,
  };
}

/** Every round: fp32 takes `float` ns, INT8 1 ms; other labels as given. */
function rounds(count: number, times: Record<string, number | ((index: number) => number)>): RoundRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    startedMs: index * 10,
    order: Object.keys(times),
    samples: Object.fromEntries(
      Object.entries(times).map(([label, time]) => [label, [typeof time === 'number' ? time : time(index)]]),
    ),
    voided: null,
  }));
}

const accuracy = (value: number): AccuracyResult => ({
  metric: 'cosine',
  value,
  referenceValue: null,
  low: null,
  high: null,
  inputs: 16,
  reference: 'fp32',
  all: {},
});

function record(change: Partial<TrialRecord> = {}, spec: Partial<TrialRecord['spec']> = {}): TrialRecord {
  return {
    schemaVersion: 1,
    spec: {
      model: { name: 'ocr-rec', sha256: 'a'.repeat(64) },
      dataset: null,
      batch: 1,
      shapes: { x: [1, 3, 48, 320] },
      deviceClass: 'x86-64/xeon/avx2+avx512-vnni/2t',
      runtime: 'onnxruntime',
      threads: 2,
      floats: ['fp32'],
      recipes: [recipeDefaults],
      plan: { threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 60 },
      accuracy: null,
      seed: 1,
      force: false,
      ...spec,
    },
    device: cpu,
    runtime: { name: 'onnxruntime', version: '1.30.0', providers: ['cpu'], origin: 'npm' },
    startedAt: '2026-01-01T00:00:00Z',
    endedAt: '2026-01-01T00:01:00Z',
    engines: [engineRecord('fp32'), engineRecord(int8Label)],
    rounds: rounds(9, { fp32: 1_500_000, [int8Label]: 1_000_000 }),
    stop: 'decided',
    telemetry: [],
    environment: { warnings: [], facts: {} },
    inputs: { source: 'dataset', seed: 1, count: 16 },
    ...change,
  };
}
const context = { noiseFloor: 0.01 };

describe('a measured row', () => {
  it('is the document of the design page, every key present', () => {
    const [row] = judge(record(), context);
    expect(row).toEqual({
      model: { name: 'ocr-rec', sha256: 'a'.repeat(64) },
      device: { class: 'x86-64/xeon/avx2+avx512-vnni/2t', name: 'Xeon', architecture: 'x86-64' },
      runtime: { name: 'onnxruntime', version: '1.30.0' },
      batch: 1,
      shapes: { x: [1, 3, 48, 320] },
      recipe: { ...recipeDefaults },
      floatVariant: 'fp32',
      floats: { fp32: 1_500_000 },
      times: {
        tFloatNs: 1_500_000,
        tQuantNs: 40_000,
        tInt8Ns: 900_000,
        tDequantNs: 60_000,
        int8EndToEndNs: 1_000_000,
        int8Parts: { int8Ns: 800_000, floatNs: 100_000, conversionNs: 0, overheadNs: 0 },
        layerOverheadNs: 0,
        layerSumRatio: 1,
        fused: { quantize: 0, dequantize: 0 },
      },
      gainNs: 500_000,
      speedup: { median: 1.5, low: 1.5, high: 1.5 },
      rounds: 9,
      accuracy: null,
      verdict: 'worth-it',
      reasons: [],
    });
  });

  it('is JSON without a missing key', () => {
    const [row] = judge(record(), context);
    expect(JSON.parse(JSON.stringify(row))).toEqual(row);
  });

  it('swapping T_quant and T_dequant would be seen', () => {
    const times = judge(record(), context)[0]?.times;
    expect(times?.tQuantNs).toBe(40_000);
    expect(times?.tDequantNs).toBe(60_000);
  });

  it('is what the same record always gives', () => {
    expect(judge(record(), context)).toEqual(judge(record(), context));
  });

  it('names the class of the threads that were really used', () => {
    const [row] = judge(record({}, { threads: 1 }), context);
    expect(row?.device.class).toBe('x86-64/xeon/avx2+avx512-vnni/1t');
  });

  it('leaves the parts null without a profile', () => {
    const engines = [engineRecord('fp32'), engineRecord(int8Label, { layers: null })];
    const [row] = judge(record({ engines }), context);
    expect(row).toMatchObject({
      verdict: 'worth-it',
      times: { tQuantNs: null, tInt8Ns: null, int8Parts: null, int8EndToEndNs: 1_000_000 },
    });
  });
});

describe('verdicts from records', () => {
  const withTimes = (fp32: number | ((index: number) => number)) =>
    record({ rounds: rounds(9, { fp32, [int8Label]: 1_000_000 }) });
  it.each([
    ['slower', 900_000],
    ['not-worth-it', 1_020_000],
    ['worth-it', 1_200_000],
  ])('%s', (expected, fp32) => {
    expect(judge(withTimes(fp32), context)[0]?.verdict).toBe(expected);
  });

  it('INT8 must beat every float; the fastest is shown', () => {
    const both = record(
      {
        device: t4,
        runtime: { name: 'tensorrt', version: '8.6.1', providers: [], origin: 'trtexec' },
        engines: [engineRecord('fp32'), engineRecord('fp16'), engineRecord(int8Label)],
        rounds: rounds(9, { fp32: 3_000_000, fp16: 900_000, [int8Label]: 1_000_000 }),
      },
      { floats: ['fp32', 'fp16'], runtime: 'tensorrt', threads: null },
    );
    expect(judge(both, context)[0]).toMatchObject({
      floatVariant: 'fp16',
      floats: { fp32: 3_000_000, fp16: 900_000 },
      speedup: { median: 0.9 },
      gainNs: -100_000,
      verdict: 'slower',
    });
  });

  it('a float that breaks the accuracy budget need not be beaten', () => {
    const both = record(
      {
        device: t4,
        runtime: { name: 'tensorrt', version: '8.6.1', providers: [], origin: 'trtexec' },
        engines: [
          engineRecord('fp32'),
          engineRecord('fp16', { accuracy: accuracy(0.5) }),
          engineRecord(int8Label, { accuracy: accuracy(0.995) }),
        ],
        rounds: rounds(9, { fp32: 3_000_000, fp16: 900_000, [int8Label]: 1_000_000 }),
      },
      { floats: ['fp32', 'fp16'], runtime: 'tensorrt', threads: null, accuracy: { metric: 'cosine', atLeast: 0.99 } },
    );
    expect(judge(both, context)[0]).toMatchObject({ floatVariant: 'fp32', verdict: 'worth-it' });
  });

  it('says best-float-not-measured on a GPU without FP16 among the variants, and is not worth-it', () => {
    const [row] = judge(
      record(
        { device: t4, runtime: { name: 'tensorrt', version: '8.6.1', providers: [], origin: 'trtexec' } },
        { threads: null },
      ),
      context,
    );
    expect(row?.verdict).toBe('undecided');
    expect(row?.reasons).toContainEqual(
      expect.objectContaining({ id: 'best-float-not-measured', evidence: { expected: 'fp16', measured: ['fp32'] } }),
    );
  });

  it('says int8-not-used where no INT8 layer ran, and is not worth-it', () => {
    const layers = classify([layer('conv', 'Conv', 'fp32', 'fp32', 1_000_000)]);
    const [row] = judge(record({ engines: [engineRecord('fp32'), engineRecord(int8Label, { layers })] }), context);
    expect(row?.verdict).toBe('not-worth-it');
    expect(row?.reasons[0]).toMatchObject({ id: 'int8-not-used', severity: 'critical' });
    expect(row?.times?.int8Parts?.int8Ns).toBe(0);
  });

  it.each([
    [0.995, 'worth-it', []],
    [0.9, 'accuracy-fails', ['accuracy-budget']],
    [Number.NaN, 'accuracy-fails', ['accuracy-budget']],
    [null, 'not-measured', ['accuracy-not-measured']],
  ])('accuracy %s: %s', (value, verdict, ids) => {
    const engine = engineRecord(int8Label, { accuracy: value === null ? null : accuracy(value) });
    const [row] = judge(
      record({ engines: [engineRecord('fp32'), engine] }, { accuracy: { metric: 'cosine', atLeast: 0.99 } }),
      context,
    );
    expect(row?.verdict).toBe(verdict);
    expect(row?.reasons.map((reason) => reason.id)).toEqual(ids);
  });

  it('top1 may drop by the budget, not more', () => {
    const top1 = (value: number) => ({ ...accuracy(value), metric: 'top1' as const, referenceValue: 0.95 });
    const verdict = (value: number) =>
      judge(
        record(
          { engines: [engineRecord('fp32'), engineRecord(int8Label, { accuracy: top1(value) })] },
          { accuracy: { metric: 'top1', maxDrop: 0.01 } },
        ),
        context,
      )[0]?.verdict;
    expect(verdict(0.94)).toBe('worth-it');
    expect(verdict(0.939)).toBe('accuracy-fails');
  });

  it('a trend that may carry the speed-up over the threshold is unstable', () => {
    const drift = record({
      rounds: rounds(25, { fp32: (index) => 1_020_000 * (1 + index / 400), [int8Label]: 1_000_000 }),
    });
    const [row] = judge(drift, context);
    expect(row?.verdict).toBe('unstable');
    expect(row?.reasons[0]).toMatchObject({ id: 'unstable', severity: 'critical' });
  });

  it('a trend far from every threshold is told, and changes nothing', () => {
    const drift = record({
      rounds: rounds(25, { fp32: (index) => 3_000_000 * (1 + index / 800), [int8Label]: 1_000_000 }),
    });
    const [row] = judge(drift, context);
    expect(row?.verdict).toBe('worth-it');
    expect(row?.reasons[0]).toMatchObject({ id: 'unstable', severity: 'info' });
  });

  it('mostly void rounds are unstable', () => {
    const voided = { code: 'thermal', message: 'thermal throttling' };
    const all = rounds(19, { fp32: 1_500_000, [int8Label]: 1_000_000 });
    const [row] = judge(
      record({ rounds: all.map((round) => (round.index < 10 ? { ...round, voided } : round)) }),
      context,
    );
    expect(row).toMatchObject({ verdict: 'unstable', rounds: 9 });
  });

  it('undecided says which bound lies inside the interval', () => {
    const around = record({
      rounds: rounds(9, { fp32: (index) => 1_050_000 + (((index * 4) % 9) - 4) * 2000, [int8Label]: 1_000_000 }),
      stop: 'time-out',
    });
    const [row] = judge(around, context);
    expect(row?.verdict).toBe('undecided');
    expect(row?.reasons).toContainEqual(
      expect.objectContaining({
        id: 'time-ran-out',
        evidence: expect.objectContaining({ bar: 1.05, against: 'fp32' }),
      }),
    );
  });

  it('an interval too wide to answer is unstable, with a critical reason', () => {
    const wide = record({
      rounds: rounds(9, { fp32: (index) => 1_050_000 * (1 + (((index * 4) % 9) - 4) * 0.03), [int8Label]: 1_000_000 }),
      stop: 'time-out',
    });
    const [row] = judge(wide, context);
    expect(row?.verdict).toBe('unstable');
    expect(row?.reasons[0]).toMatchObject({ id: 'unstable', severity: 'critical' });
  });

  it('an engine outside its budget is told so even where unsteady times come first', () => {
    const wide = record(
      {
        engines: [engineRecord('fp32'), engineRecord(int8Label, { accuracy: accuracy(0.5) })],
        rounds: rounds(9, {
          fp32: (index) => 1_050_000 * (1 + (((index * 4) % 9) - 4) * 0.03),
          [int8Label]: 1_000_000,
        }),
        stop: 'time-out',
      },
      { accuracy: { metric: 'cosine', atLeast: 0.99 } },
    );
    const [row] = judge(wide, context);
    expect(row?.verdict).toBe('unstable');
    expect(row?.reasons.map(({ id }) => id)).toContain('accuracy-budget');
  });

  it('too few rounds for an interval is undecided, and says so', () => {
    const [row] = judge(
      record({ rounds: rounds(8, { fp32: 1_500_000, [int8Label]: 1_000_000 }), stop: 'time-out' }),
      context,
    );
    expect(row).toMatchObject({ verdict: 'undecided', speedup: null, rounds: 8, gainNs: 500_000 });
    expect(row?.reasons).toContainEqual(
      expect.objectContaining({ id: 'too-few-rounds', evidence: { counted: 8, needed: 9 } }),
    );
  });

  it('A/A twins are no variants of their own', () => {
    const twins = record({
      engines: [engineRecord('fp32'), engineRecord('fp32#2'), engineRecord(int8Label)],
      rounds: rounds(9, { fp32: 1_500_000, 'fp32#2': 1_000, [int8Label]: 1_000_000 }),
    });
    expect(judge(twins, context)[0]).toMatchObject({ floats: { fp32: 1_500_000 }, verdict: 'worth-it' });
  });

  it('says where medians and ratios disagree', () => {
    // Ratios 1.11, 0.67, 1.43 (median 1.11: faster), times 1, 2, 3 ms against 0.9, 3, 2.1 (medians 2 and 2.1: slower).
    const fp32 = (index: number) => [1_000_000, 2_000_000, 3_000_000][index % 3] ?? 0;
    const int8 = (index: number) => [900_000, 3_000_000, 2_100_000][index % 3] ?? 0;
    const [row] = judge(record({ rounds: rounds(9, { fp32, [int8Label]: int8 }) }), context);
    expect(row?.gainNs).toBe(-100_000);
    expect(row?.speedup?.median).toBeCloseTo(10 / 9, 12);
    expect(row?.reasons).toContainEqual(expect.objectContaining({ id: 'median-and-ratio-disagree' }));
  });
});

describe('what was not measured', () => {
  it('a float-only trial: one row without a recipe that says what is missing', () => {
    const rows = judge(
      record({ engines: [engineRecord('fp32')], rounds: rounds(9, { fp32: 1_500_000 }) }, { recipes: [] }),
      context,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      recipe: null,
      verdict: 'not-measured',
      times: null,
      floats: { fp32: 1_500_000 },
      rounds: 9,
    });
    expect(rows[0]?.reasons[0]).toMatchObject({ id: 'int8-not-asked', evidence: { missing: ['int8'] } });
  });

  it.each([
    ['unsupported', 'unsupported', 'no-quantizable-layers'],
    ['failed', 'not-measured', 'build-failed'],
    ['not-measured', 'not-measured', 'dataset-missing'],
  ] as const)('an engine that is %s', (status, verdict, code) => {
    const engine = engineRecord(int8Label, { status, refusal: { code, message: 'why' }, layers: null });
    const [row] = judge(record({ engines: [engineRecord('fp32'), engine] }), context);
    expect(row).toMatchObject({
      verdict,
      times: null,
      gainNs: null,
      speedup: null,
      rounds: 0,
      accuracy: null,
      floats: { fp32: 1_500_000 },
    });
    expect(row?.reasons).toMatchObject([{ id: code, advice: 'why' }]);
  });

  it('one recipe that failed does not touch the other', () => {
    const other: Recipe = { ...recipeDefaults, weightBits: 7 };
    const failed = engineRecord(recipeLabel(other), {
      status: 'failed',
      refusal: { code: 'build-failed', message: 'why' },
      recipe: other,
    });
    const rows = judge(
      record(
        { engines: [engineRecord('fp32'), engineRecord(int8Label), failed] },
        { recipes: [other, recipeDefaults] },
      ),
      context,
    );
    expect(rows.map((row) => [row.recipe?.['weightBits'], row.verdict])).toEqual([
      [7, 'not-measured'],
      [8, 'worth-it'],
    ]);
  });

  it('a float engine that failed leaves INT8 nothing to beat', () => {
    const failed = engineRecord('fp32', { status: 'failed', refusal: { code: 'build-failed', message: 'no memory' } });
    const [row] = judge(
      record({ engines: [failed, engineRecord(int8Label)], rounds: rounds(9, { [int8Label]: 1_000_000 }) }),
      context,
    );
    expect(row).toMatchObject({ verdict: 'not-measured', floatVariant: null, floats: {} });
    expect(row?.reasons).toMatchObject([{ id: 'float-not-measured' }]);
    expect(row?.reasons[0]?.advice).toContain('no memory');
  });

  it('a cancelled trial', () => {
    expect(judge(record({ stop: 'cancelled' }), context)[0]).toMatchObject({
      verdict: 'not-measured',
      reasons: [{ id: 'cancelled' }],
    });
  });

  it('names the variants that were refused beforehand', () => {
    const refused = [{ variant: 'tf32' as const, refusal: { code: 'no-tf32', message: 'none' } }];
    const [row] = judge(record(), { ...context, refused });
    expect(row?.reasons).toEqual([
      { id: 'no-tf32', severity: 'info', evidence: { message: 'none', variant: 'tf32' }, advice: 'none' },
    ]);
  });
});
