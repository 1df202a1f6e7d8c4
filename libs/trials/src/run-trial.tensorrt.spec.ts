import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defaultPlan,
  judge,
  recipeDefaults,
  recipeLabel,
  type GpuDevice,
  type QuantizationRecipe,
  type TrialRecord,
  type TrialSpec,
} from '@octet/domain';
import { createTensorRtRuntime, parseCalibrationCache } from '@octet/engines';
import { buildModel, hashModel, loadModel, onnxType, saveModel } from '@octet/onnx';
import type { TrialDeps } from './deps.js';
import { openCaches } from './cache/trial-caches.js';
import { noHostLock } from './host/host-lock.js';
import { localCalibrationTables } from './prepare/calibration.js';
import { runTrial } from './run-trial.js';

/** Plays what was recorded from TensorRT 8.5.3; nothing is measured here, and `runtime.origin` says so. */
const fake = join(import.meta.dirname, '../../../test/fixtures/trtexec/fake-trtexec');
const width = 8;
const batch = 16;
const implicit: QuantizationRecipe = { ...recipeDefaults, placement: 'implicit' };
const implicitAuto: QuantizationRecipe = { ...implicit, calibrator: 'auto' };
const gpu: GpuDevice = {
  kind: 'gpu',
  id: 'GPU-0000',
  name: 'Test GPU',
  architecture: 'sm_86',
  memoryBytes: 24 * 2 ** 30,
  powerLimitW: 150,
  powerMode: null,
  driverVersion: '550.1',
  index: 0,
  mig: false,
};

describe('runTrial with TensorRT over recorded output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'octet-trt-trial-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const modelPath = join(folder, 'dense.onnx');
  const launches = join(folder, 'launches.jsonl');
  let record: TrialRecord;
  let run: (study: TrialDeps['study'], ...own: string[]) => Promise<TrialRecord>;

  beforeAll(async () => {
    const values = Float32Array.from({ length: width * width }, (_, index) => Math.sin(index));
    // A batch that is fixed above what 16 random samples could calibrate.
    const model = buildModel({
      inputs: [{ name: 'x', shape: [batch, width] }],
      outputs: [{ name: 'output', shape: [batch, width] }],
      initializers: { w: { dims: [width, width], values } },
      nodes: [
        { op: 'MatMul', name: 'dense', inputs: ['x', 'w'], outputs: ['h'] },
        { op: 'Relu', name: 'relu', inputs: ['h'], outputs: ['output'] },
      ],
    });
    await saveModel(model, modelPath);
    const spec: TrialSpec = {
      model: { name: 'dense', sha256: await hashModel(modelPath) },
      dataset: null,
      batch,
      shapes: { x: [batch, width] },
      deviceClass: 'any',
      runtime: 'tensorrt',
      threads: null,
      floats: ['fp32', 'fp16'],
      recipes: [recipeDefaults, implicit, implicitAuto],
      plan: { ...defaultPlan, maxSeconds: 60 },
      accuracy: null,
      seed: 3,
      force: false,
    };
    run = (study, ...own) => {
      const caches = openCaches(join(folder, 'caches'));
      return runTrial(spec, {
        device: gpu,
        runtime: createTensorRtRuntime({ command: [fake, ...own] }),
        caches,
        modelPath,
        datasetPath: null,
        ownModels: {},
        calibrationTables: localCalibrationTables(caches.calibrationTables),
        onProgress: () => undefined,
        signal: new AbortController().signal,
        noiseFloor: 0.01,
        twinShare: 0,
        hostLock: noHostLock,
        ...(study !== undefined && { study }),
        buildOptions: { tacticSources: '-CUDNN' },
      });
    };
    record = await run(
      { gpuModes: ['no-graph', 'transfers', 'streams-2'], int8Borders: true },
      `--fake-record=${launches}`,
    );
  }, 60_000);

  const allLaunches = (): string[][] =>
    readFileSync(launches, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string[]);
  const builds = (): string[][] =>
    allLaunches().filter((args) => args.some((argument) => argument.startsWith('--onnx=')));
  const argument = (args: readonly string[] | undefined, name: string): string | undefined =>
    args?.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

  it('goes through to a record that says where its numbers come from', () => {
    expect(record.engines.map(({ label, status, refusal }) => [label, status, refusal])).toEqual(
      ['fp32', 'fp16', ...[recipeDefaults, implicit, implicitAuto].map(recipeLabel)].map((label) => [
        label,
        'measured',
        null,
      ]),
    );
    expect(record.runtime).toMatchObject({ name: 'tensorrt', version: '8.5.3', origin: fake });
    expect(record.rounds.length).toBeGreaterThanOrEqual(9);
    const rows = judge(record, { noiseFloor: 0.01 });
    expect(rows).toHaveLength(3);
    for (const { times, gainNs } of rows) {
      expect((times?.tQuantNs ?? 0) + (times?.tInt8Ns ?? 0) + (times?.tDequantNs ?? 0)).toBe(times?.int8EndToEndNs);
      expect(gainNs).not.toBeNull();
    }
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it('binds explicit INT8 by Q/DQ nodes for TensorRT: symmetric signed, no calibration cache', async () => {
    const explicit = builds().find((args) => args.includes('--int8') && argument(args, '--calib') === undefined);
    const model = await loadModel(argument(explicit, '--onnx') ?? '');
    const quantizers = model.graph.node.filter(({ opType }) => opType === 'QuantizeLinear');
    expect(quantizers.length).toBeGreaterThan(0);
    const constants = new Map(model.graph.initializer.map((tensor) => [tensor.name, tensor]));
    for (const { input } of quantizers) {
      const zeroPoint = constants.get(input[2] ?? '');
      expect(onnxType(zeroPoint?.dataType ?? 0)).toBe('int8');
      expect([...(zeroPoint?.rawData ?? [1])].every((byte) => byte === 0)).toBe(true);
    }
  });

  it('gives implicit INT8 the float model and the ranges of the shared table', async () => {
    const args = builds().find((each) => argument(each, '--calib') !== undefined);
    const path = argument(args, '--calib') ?? '';
    const cache = parseCalibrationCache(readFileSync(path, 'utf8'));
    expect(cache).toMatchObject({ packedVersion: '8503', calibrator: 'EntropyCalibration2' });
    expect(Object.keys(cache.scales).sort()).toEqual(expect.arrayContaining(['h', 'output', 'x']));
    expect(Object.values(cache.scales).every((scale) => scale > 0)).toBe(true);
    const onnx = argument(args, '--onnx') ?? '';
    expect(dirname(onnx)).toBe(dirname(path));
    const operators = (await loadModel(onnx)).graph.node.map(({ opType }) => opType);
    expect(operators).not.toContain('QuantizeLinear');
  });

  it('takes max for auto where inputs are random, and builds the same engine once', () => {
    const [max, auto] = record.engines.slice(3);
    expect(auto?.build?.options['chosen']).toMatchObject({ calibrator: 'max', weightBits: 8, metric: null });
    expect(auto?.build).toMatchObject({ cacheHit: true, sha256: max?.build?.sha256 });
    expect(max?.build?.calibrationTableSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('measures the final pair in other modes, each with its own flags', () => {
    expect(record.modes?.map(({ id, threads, conditions }) => [id, threads, conditions])).toEqual([
      ['no-graph', null, { graph: false, transfers: false, streams: 1, soakSeconds: 0 }],
      ['transfers', null, { graph: true, transfers: true, streams: 1, soakSeconds: 0 }],
      ['streams-2', null, { graph: true, transfers: false, streams: 2, soakSeconds: 0 }],
    ]);
    const runs = allLaunches().filter((args) => argument(args, '--exportTimes') !== undefined);
    const flags = runs.map((args) => args.filter((each) => /^--(noData|useCudaG|streams)/.test(each)).join(' '));
    expect(new Set(flags)).toEqual(
      new Set([
        '--noDataTransfers --useCudaGraph',
        '--noDataTransfers',
        '--useCudaGraph',
        '--noDataTransfers --useCudaGraph --streams=2',
      ]),
    );
    const pair = record.modes?.[0];
    expect(Object.keys(pair?.roundMediansNs ?? {})).toEqual([pair?.float, pair?.recipe]);
    expect(pair?.roundMediansNs[pair.recipe]).toHaveLength(9);
    expect(Object.keys(record.modes?.[1]?.transferParts ?? {})).toEqual([pair?.float, pair?.recipe]);
    const [row] = judge(record, { noiseFloor: 0.01 }).filter(({ reasons }) =>
      reasons.some(({ id }) => id === 'modes-measured'),
    );
    const modes = row?.reasons.find(({ id }) => id === 'modes-measured');
    expect(modes?.advice).toContain('no-graph 1.3');
  });

  it('takes out the conversions at the border of an explicit engine, and says why it could not', () => {
    const [inputs, outputs] = (record.borders ?? []).filter(({ recipe }) => recipe === recipeLabel(recipeDefaults));
    expect(inputs).toMatchObject({ borders: 'inputs', refusal: null });
    expect(inputs?.roundMediansNs?.int8Borders).toHaveLength(9);
    expect(outputs).toMatchObject({ roundMediansNs: null, refusal: { code: 'border-not-quantized' } });
    const bordered = builds().find(
      (args) => argument(args, '--inputIOFormats') === 'int8:chw' && argument(args, '--calib') === undefined,
    );
    expect(bordered).toBeDefined();
    const implicitOutputs = builds().filter((args) => argument(args, '--outputIOFormats') === 'int8:chw');
    expect(implicitOutputs.every((args) => argument(args, '--calib') !== undefined)).toBe(true);
    const [reason] =
      judge(record, { noiseFloor: 0.01 })[0]?.reasons.filter(({ id }) => id === 'border-conversions') ?? [];
    expect(reason?.evidence).toMatchObject({ borders: 'inputs', savedNs: 0, rounds: 9 });
  });

  it('tells every build what the caller asked of the builder', () => {
    expect(builds().every((args) => argument(args, '--tacticSources') === '-CUDNN')).toBe(true);
  });

  it('keeps launches that crashed with the record, engines taken from the cache', async () => {
    expect(record.environment.facts['incidents']).toBeUndefined();
    const state = join(folder, 'launches');
    const again = await run({ gpuModes: [] }, '--fake-do=abort', '--fake-times=1', `--fake-state=${state}`);
    expect(again.engines.map(({ build, status }) => [build?.cacheHit, status])).toEqual(
      again.engines.map(() => [true, 'measured']),
    );
    expect(again.environment.facts).toMatchObject({
      incidents: 1,
      'incidents.fp32': 'engine-crashed',
      engineBuilds: 0,
    });
    expect(again.environment.warnings.map(({ id }) => id)).toContain('launch-incidents');
  });
});
