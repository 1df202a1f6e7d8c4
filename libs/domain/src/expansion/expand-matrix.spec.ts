import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CpuDevice, GpuDevice } from '../device.js';
import { deviceClassOf } from '../device.js';
import { anyDevice, type Matrix, type MatrixModel } from '../matrix.js';
import { recipeDefaults } from '../recipe.js';
import { defaultPlan } from '../trial.js';
import { expandMatrix } from './expand-matrix.js';
import { expectedTime } from './expected-time.js';
import type { ResolvedModel } from './model-facts.js';
import { seedOf } from './seed.js';
import type { KnownClass } from './targets.js';

const cpuDevice: CpuDevice = {
  kind: 'cpu',
  id: 'cpu',
  name: 'Xeon',
  architecture: 'x86-64',
  instructionSets: ['AVX2', 'AVX512-VNNI'],
  threads: 2,
  physicalCores: 2,
  logicalCores: 4,
  memoryBytes: 2 ** 33,
};
const gpuDevice = (sm: number): GpuDevice => ({
  kind: 'gpu',
  id: `GPU-${sm}`,
  name: `NVIDIA SM${sm}`,
  architecture: `sm_${sm}`,
  memoryBytes: 2 ** 34,
  powerLimitW: 70,
  powerMode: null,
  driverVersion: '550',
  index: 0,
  mig: false,
});
const cpuClass: KnownClass = {
  deviceClass: deviceClassOf(cpuDevice),
  device: cpuDevice,
  runtimes: [{ name: 'onnxruntime', version: '1.30.0', providers: ['cpu'] }],
};
const gpuClass = (sm: number, version = '8.6.1'): KnownClass => ({
  deviceClass: deviceClassOf(gpuDevice(sm)),
  device: gpuDevice(sm),
  runtimes: [{ name: 'tensorrt', version, providers: [] }],
});

const model = (dims: (number | string | null)[] = ['N', 3, 8, 8], name = 'net'): ResolvedModel => ({
  facts: { name, sha256: seedOf(name).toString(16).padStart(64, '0'), inputs: [{ name: 'x', dims }] },
  dataset: null,
  refusal: null,
});
const asked: MatrixModel = { source: { name: 'net' }, shapes: [], data: null, accuracy: null };
const matrix = (change: Partial<Matrix> = {}): Matrix => ({
  name: 'm',
  models: [asked],
  batches: [1],
  variants: ['fp32', 'int8'],
  int8: [recipeDefaults],
  devices: anyDevice,
  measure: defaultPlan,
  priority: 5,
  seed: 1,
  force: false,
  ...change,
});
const codes = (expansion: ReturnType<typeof expandMatrix>) =>
  expansion.unsupported.map(
    (cell) => `${cell.deviceClass.split('/')[0]} ${cell.batch} ${cell.variant}: ${cell.refusal.code}`,
  );

describe('expandMatrix', () => {
  it('makes one trial with all its floats and recipes for each model, batch, class and runtime', () => {
    const { trials, unsupported, waiting } = expandMatrix(
      matrix({ batches: [1, 4], variants: ['fp32', 'fp16', 'int8'] }),
      [model()],
      [gpuClass(86), cpuClass],
    );
    expect(trials.map((trial) => [trial.deviceClass.split('/')[0], trial.batch, trial.floats, trial.shapes])).toEqual([
      ['sm_86', 1, ['fp32', 'fp16'], { x: [1, 3, 8, 8] }],
      ['x86-64', 1, ['fp32'], { x: [1, 3, 8, 8] }],
      ['sm_86', 4, ['fp32', 'fp16'], { x: [4, 3, 8, 8] }],
      ['x86-64', 4, ['fp32'], { x: [4, 3, 8, 8] }],
    ]);
    expect(trials.map((trial) => trial.threads)).toEqual([null, 2, null, 2]);
    expect(unsupported.map((cell) => [cell.variant, cell.refusal.code, cell.runtimeVersion])).toEqual([
      ['fp16', 'no-fast-fp16', '1.30.0'],
      ['fp16', 'no-fast-fp16', '1.30.0'],
    ]);
    expect(waiting).toEqual([]);
  });

  it('answers a trial whose every recipe is refused, and does not schedule it', () => {
    const { trials, unsupported } = expandMatrix(matrix(), [model()], [gpuClass(62)]);
    expect(trials).toEqual([]);
    expect(unsupported).toMatchObject([
      { variant: 'int8', recipe: recipeDefaults, verdict: 'unsupported', refusal: { code: 'no-int8-hardware' } },
    ]);
  });

  it('schedules it with force', () => {
    const { trials, unsupported } = expandMatrix(matrix({ force: true }), [model()], [gpuClass(62)]);
    expect(trials).toHaveLength(1);
    expect(trials[0]?.force).toBe(true);
    expect(unsupported).toEqual([]);
  });

  it('answers the recipes that a runtime can not run and measures the others', () => {
    const dynamic = { ...recipeDefaults, scheme: 'dynamic-asymmetric' as const, calibrator: null };
    const { trials, unsupported } = expandMatrix(
      matrix({ int8: [recipeDefaults, dynamic] }),
      [model()],
      [gpuClass(86)],
    );
    expect(trials[0]?.recipes).toEqual([recipeDefaults]);
    expect(unsupported).toMatchObject([{ recipe: dynamic, refusal: { code: 'recipe-needs-onnxruntime' } }]);
  });

  it('answers the batches that a fixed batch can not run', () => {
    const expansion = expandMatrix(matrix({ batches: [1, 4] }), [model([1, 3, 8, 8])], [cpuClass]);
    expect(expansion.trials.map((trial) => trial.batch)).toEqual([1]);
    expect(codes(expansion)).toEqual(['x86-64 4 fp32: fixed-batch', 'x86-64 4 int8: fixed-batch']);
    expect(expansion.unsupported.every((cell) => cell.verdict === 'unsupported')).toBe(true);
  });

  it('answers a model that has no inputs', () => {
    const facts = { name: 'net', sha256: 'f'.repeat(64), inputs: [] };
    const empty: ResolvedModel = { facts, dataset: null, refusal: null };
    const expansion = expandMatrix(matrix(), [empty], [cpuClass]);
    expect(codes(expansion)).toEqual(['x86-64 1 fp32: no-inputs', 'x86-64 1 int8: no-inputs']);
    expect(expansion.unsupported.every((cell) => cell.verdict === 'unsupported')).toBe(true);
  });

  it('says not-measured where a dynamic dimension has no value', () => {
    const expansion = expandMatrix(matrix(), [model(['N', 3, 'H', 'W'])], [cpuClass]);
    expect(expansion.trials).toEqual([]);
    expect(expansion.unsupported[1]).toMatchObject({ verdict: 'not-measured', refusal: { code: 'shape-missing' } });
    expect(expansion.unsupported[1]?.refusal.message).toContain('shapes: [{ x: [batch, 3, <n>, <n>] }]');
  });

  it('says not-measured where an accuracy budget has no dataset', () => {
    const budget: MatrixModel = { ...asked, accuracy: { metric: 'top1', maxDrop: 0.01 } };
    const { trials, unsupported } = expandMatrix(matrix({ models: [budget] }), [model()], [cpuClass]);
    expect(trials).toEqual([]);
    expect(unsupported.map((cell) => [cell.verdict, cell.refusal.code])).toEqual([
      ['not-measured', 'dataset-missing'],
      ['not-measured', 'dataset-missing'],
    ]);
  });

  it('says that INT8 has nothing to beat where no float runs', () => {
    const expansion = expandMatrix(matrix({ variants: ['tf32', 'int8'] }), [model()], [gpuClass(75)]);
    expect(expansion.trials).toEqual([]);
    expect(expansion.unsupported.map((cell) => [cell.variant, cell.verdict, cell.refusal.code])).toEqual([
      ['tf32', 'unsupported', 'no-tf32'],
      ['int8', 'not-measured', 'best-float-not-measured'],
    ]);
  });

  it('measures floats alone where no INT8 is asked for', () => {
    const { trials } = expandMatrix(matrix({ variants: ['fp32'], int8: [] }), [model()], [cpuClass]);
    expect(trials).toMatchObject([{ floats: ['fp32'], recipes: [] }]);
  });

  it('one model that can not be read ends its own cells only', () => {
    const broken: ResolvedModel = {
      facts: { name: 'broken', sha256: null },
      dataset: null,
      refusal: { code: 'onnx-invalid', message: 'not ONNX' },
    };
    const { trials, unsupported } = expandMatrix(matrix({ models: [asked, asked] }), [broken, model()], [cpuClass]);
    expect(trials.map((trial) => trial.model.name)).toEqual(['net']);
    expect(unsupported).toMatchObject([
      { model: { name: 'broken', sha256: null }, refusal: { code: 'onnx-invalid' }, verdict: 'not-measured' },
      { model: { name: 'broken', sha256: null }, refusal: { code: 'onnx-invalid' }, verdict: 'not-measured' },
    ]);
  });

  it('fills in the digest of an own model and measures a repeated recipe once', () => {
    const own = { model: 'q.onnx', sha256: null };
    const digest = 'a'.repeat(64);
    const { trials } = expandMatrix(matrix({ int8: [own, recipeDefaults, recipeDefaults] }), [model()], [cpuClass], {
      'q.onnx': digest,
    });
    expect(trials[0]?.recipes).toEqual([{ model: 'q.onnx', sha256: digest }, recipeDefaults]);
  });
});

describe('selectors', () => {
  it('waits for classes that no agent has announced, and measures the others', () => {
    const devices = { ...anyDevice, architectures: ['sm_75' as const, 'x86-64' as const] };
    const { trials, waiting } = expandMatrix(matrix({ devices }), [model()], [cpuClass, gpuClass(86)]);
    expect(trials.map((trial) => trial.deviceClass)).toEqual([cpuClass.deviceClass]);
    expect(waiting).toMatchObject([{ selector: 'sm_75', runtime: null }]);
  });

  it('waits for everything when nothing is known', () => {
    expect(expandMatrix(matrix(), [model()], []).waiting).toMatchObject([{ selector: 'all' }]);
  });

  it('answers TensorRT on a CPU and waits for ONNX Runtime on a GPU', () => {
    const devices = { ...anyDevice, runtimes: ['tensorrt' as const, 'onnxruntime' as const] };
    const { trials, unsupported, waiting } = expandMatrix(matrix({ devices }), [model()], [cpuClass, gpuClass(86)]);
    expect(trials.map((trial) => trial.runtime)).toEqual(['tensorrt', 'onnxruntime']);
    expect(new Set(unsupported.map((cell) => `${cell.device.kind} ${cell.runtime} ${cell.refusal.code}`))).toEqual(
      new Set(['cpu tensorrt runtime-not-for-device']),
    );
    expect(waiting).toMatchObject([{ selector: gpuClass(86).deviceClass, runtime: 'onnxruntime' }]);
  });

  it("means ONNX Runtime's GPU providers by onnxruntime on a GPU, and never offers them to a CPU", () => {
    const offer = (name: 'tensorrt' | 'onnxruntime-cuda' | 'onnxruntime-tensorrt') => ({
      name,
      version: '1.30.0',
      providers: [],
    });
    const gpu = { ...gpuClass(86), runtimes: [offer('onnxruntime-cuda'), offer('onnxruntime-tensorrt')] };
    const asked = (runtimes: Matrix['devices']['runtimes'], known: KnownClass[]) =>
      expandMatrix(matrix({ devices: { ...anyDevice, runtimes } }), [model()], known);
    const both = asked(['onnxruntime'], [cpuClass, gpu]);
    expect(both.trials.map((trial) => trial.runtime).sort()).toEqual([
      'onnxruntime',
      'onnxruntime-cuda',
      'onnxruntime-tensorrt',
    ]);
    const one = asked(['onnxruntime-cuda'], [cpuClass, gpu]);
    expect(one.trials.map((trial) => trial.runtime)).toEqual(['onnxruntime-cuda']);
    expect(one.unsupported.map(({ device, refusal }) => [device.kind, refusal.code])).toContainEqual([
      'cpu',
      'runtime-not-for-device',
    ]);
  });

  it('takes threads from the matrix and refuses more than the machine has', () => {
    const threads = (count: number) =>
      expandMatrix(matrix({ devices: { ...anyDevice, threads: count } }), [model()], [cpuClass]);
    expect(threads(1).trials[0]?.threads).toBe(1);
    expect(threads(8).trials).toEqual([]);
    expect(threads(8).unsupported[0]?.refusal.code).toBe('too-many-threads');
  });

  it('is content with one agent of a class whose runtime version can', () => {
    const both: KnownClass[] = [gpuClass(61, '10.0.1'), gpuClass(61, '8.6.1')];
    const { trials, unsupported } = expandMatrix(matrix(), [model()], both);
    expect(trials).toHaveLength(1);
    expect(unsupported).toEqual([]);
    expect(expandMatrix(matrix(), [model()], [gpuClass(61, '10.0.1')]).unsupported[0]?.refusal.code).toBe(
      'sm-not-supported',
    );
  });
});

describe('order and seeds', () => {
  it('are the same whatever order the agents came in', () => {
    const classes = [cpuClass, gpuClass(75), gpuClass(80), gpuClass(86)];
    const request = matrix({ batches: [1, 2, 8] });
    const expected = expandMatrix(request, [model()], classes);
    fc.assert(
      fc.property(fc.shuffledSubarray(classes, { minLength: 4 }), (order) => {
        expect(expandMatrix(request, [model()], order)).toEqual(expected);
      }),
    );
  });

  it('differ from trial to trial and with the matrix seed', () => {
    const request = matrix({ batches: [1, 2, 8] });
    const seeds = expandMatrix(request, [model()], [cpuClass]).trials.map((trial) => trial.seed);
    expect(new Set(seeds).size).toBe(3);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    const other = expandMatrix({ ...request, seed: 2 }, [model()], [cpuClass]).trials.map((trial) => trial.seed);
    expect(other).not.toEqual(seeds);
  });

  it('seedOf is FNV-1a: the published test vectors', () => {
    expect(seedOf('')).toBe(0x811c9dc5);
    expect(seedOf('a')).toBe(0xe40c292c);
    expect(seedOf('foobar')).toBe(0xbf9cf968);
  });
});

describe('expectedTime', () => {
  it('counts engines x rounds x 0.4 s, within the plan', () => {
    const [trial] = expandMatrix(matrix(), [model()], [cpuClass]).trials;
    if (trial === undefined) throw new Error('no trial');
    const time = expectedTime(trial);
    expect(time.leastSeconds).toBeCloseTo(2 * 9 * 0.4, 9);
    expect(time.mostSeconds).toBe(120);
    expect(expectedTime({ ...trial, plan: { ...defaultPlan, maxSeconds: 5 } }).leastSeconds).toBe(5);
  });
});
