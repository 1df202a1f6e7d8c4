import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { judge, recipeDefaults, recipeLabel, type TrialRecord, type TrialSpec } from '@octet/domain';
import { createOnnxRuntime, type LoadedEngine, type Runtime } from '@octet/engines';
import { buildModel, hashModel, saveModel } from '@octet/onnx';
import type { TrialProgress } from '@octet/protocol';
import { contractDevice } from '../../engines/src/contract.js';
import { openCaches } from './cache/trial-caches.js';
import { noHostLock } from './host/host-lock.js';
import { localCalibrationTables } from './prepare/calibration.js';
import type { ChosenRecipe } from './prepare/auto-recipe.js';
import { runTrial } from './run-trial.js';

const width = 64;
const samples = 24;
const label = recipeLabel(recipeDefaults);
const autoLabel = recipeLabel({ ...recipeDefaults, calibrator: 'auto' });

/** Numbers without a pattern that a layer could profit from; the same at each run. */
function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** One array in NumPy's .npy format, version 1. */
function npy(data: Float32Array, dims: number[]): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims.join(', ')}), }`;
  const header = dict.padEnd(64 * Math.ceil((dict.length + 11) / 64) - 11) + '\n';
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([head, Buffer.from(header, 'latin1'), Buffer.from(data.buffer)]);
}

describe('runTrial with ONNX Runtime', () => {
  const folder = mkdtempSync(join(tmpdir(), 'octet-real-trial-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const modelPath = join(folder, 'two-layers.onnx');
  const datasetPath = join(folder, 'inputs.npz');

  const run = async (
    caches: string,
    onProgress: (progress: TrialProgress) => void,
    runtime: Runtime = createOnnxRuntime(),
  ): Promise<TrialRecord> => {
    const opened = openCaches(join(folder, caches));
    const spec: TrialSpec = {
      model: { name: 'two-layers', sha256: await hashModel(modelPath) },
      dataset: { name: 'inputs', sha256: 'cd'.repeat(32) },
      batch: 2,
      shapes: { x: [2, width] },
      deviceClass: 'any',
      runtime: 'onnxruntime',
      threads: 1,
      floats: ['fp32', 'fp16'],
      recipes: [recipeDefaults, { ...recipeDefaults, calibrator: 'auto' }],
      plan: { threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 2 },
      accuracy: { metric: 'cosine', atLeast: 0.9 },
      seed: 11,
      force: false,
    };
    return runTrial(spec, {
      device: { ...contractDevice, instructionSets: ['AVX2'] },
      runtime,
      caches: opened,
      modelPath,
      datasetPath,
      ownModels: {},
      calibrationTables: localCalibrationTables(opened.calibrationTables),
      onProgress,
      signal: new AbortController().signal,
      noiseFloor: 0.01,
      twinShare: 0,
      hostLock: noHostLock,
    });
  };

  it('measures, profiles and judges a model from its file to its row; a second time from the caches', async () => {
    const dense = (seed: number) => ({ dims: [width, width], values: noise(width * width, seed) });
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['batch', width] }],
      outputs: [{ name: 'y', shape: ['batch', width] }],
      initializers: { w1: dense(1), w2: dense(2) },
      nodes: [
        { op: 'MatMul', name: 'first', inputs: ['x', 'w1'], outputs: ['h'] },
        { op: 'Relu', name: 'relu', inputs: ['h'], outputs: ['r'] },
        { op: 'MatMul', name: 'second', inputs: ['r', 'w2'], outputs: ['y'] },
      ],
    });
    await saveModel(model, modelPath);
    writeFileSync(datasetPath, zipSync({ 'x.npy': npy(noise(samples * width, 3), [samples, width]) }));

    const record = await run('caches', () => undefined);
    expect(record.engines.map((engine) => [engine.label, engine.status, engine.refusal?.code ?? null])).toEqual([
      ['fp32', 'measured', null],
      ['fp16', 'unsupported', 'no-fast-fp16'],
      [label, 'measured', null],
      [autoLabel, 'measured', null],
    ]);
    const int8 = record.engines[2];
    expect(int8?.build?.unfusedTargets).toEqual([]);
    expect(int8?.build?.calibrationTableSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(int8?.build?.peakMemoryBytes).toBeGreaterThan(1e7);
    expect(int8?.layers?.map((layer) => layer.class)).toContain('int8');
    // A quarter of 24 samples is held out: six, three batches of two.
    expect(int8?.accuracy).toMatchObject({ metric: 'cosine', inputs: 6, reference: 'fp32' });
    expect(int8?.accuracy?.value).toBeGreaterThan(0.99);
    expect(int8?.accuracy?.all['sqnr']).toBeGreaterThan(15);
    expect(int8?.layerAccuracy?.length).toBeGreaterThan(1);
    expect(Math.min(...int8!.layerAccuracy!.map((layer) => layer.sqnrDb))).toBeGreaterThan(10);
    expect(record.engines[0]?.layerAccuracy).toBeUndefined();
    expect(record.inputs).toEqual({ source: 'dataset', seed: 1, count: 2 });
    expect(record.telemetry.length).toBeGreaterThan(0);
    // Looked at before measuring: null where this machine does not tell.
    expect(record.environment.facts).toHaveProperty('otherLoad');
    expect(record.environment.facts).toHaveProperty('swapUsedBytes');

    expect(record.work).toEqual([
      { names: ['first', 'h', 'relu', 'r'], macs: 2 * width * width, weights: width * width },
      { names: ['second', 'y'], macs: 2 * width * width, weights: width * width },
    ]);
    // Between 10^8 and 10^14 operations a second, whatever the machine.
    for (const rate of [record.peaks?.teraOps.fp32, record.peaks?.teraOps.int8]) {
      expect(rate).toBeGreaterThan(1e-4);
      expect(rate).toBeLessThan(100);
    }
    expect(record.peaks?.memoryGBs).toBeGreaterThan(0.1);

    const [row] = judge(record, { noiseFloor: 0.01 });
    const times = row?.times;
    expect((times?.tQuantNs ?? 0) + (times?.tInt8Ns ?? 0) + (times?.tDequantNs ?? 0)).toBe(times?.int8EndToEndNs);
    expect(times?.tQuantNs).toBeGreaterThan(0);

    // `auto` was asked for, and what it came to stands in the record: the best of four calibrators at 8 and 7 bits.
    const auto = record.engines[3];
    expect(auto?.recipe).toMatchObject({ calibrator: 'auto', weightBits: 8 });
    const chosen = auto?.build?.options['chosen'] as ChosenRecipe;
    expect(chosen.candidates).toHaveLength(8);
    const scores = chosen.candidates.map(({ score }) => score ?? Number.NaN);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const { calibrator, weightBits } = chosen;
    expect(chosen.candidates[0]?.label).toBe(recipeLabel({ ...recipeDefaults, calibrator, weightBits }));
    // A quarter of the 18 calibrating samples, whole batches of one.
    expect(chosen).toMatchObject({ metric: 'sqnr', inputs: 5, reason: expect.stringContaining('SQNR') as unknown });
    expect(auto?.accuracy?.inputs).toBe(6);
    const autoRow = judge(record, { noiseFloor: 0.01 }).at(-1);
    expect(autoRow?.recipe).toMatchObject({ calibrator: 'auto' });

    let counted: TrialProgress['cache'] | null = null;
    const again = await run('caches', ({ cache }) => (counted = cache));
    expect(counted).toEqual({ hits: 9, builds: 0, calibrations: 0 });
    expect(again.engines[2]?.build).toMatchObject({ cacheHit: true, sha256: int8?.build?.sha256 });
    expect(again.rounds[0]?.samples).not.toEqual(record.rounds[0]?.samples);
  });

  it('keeps the times when the engine ends while its accuracy is judged', async () => {
    const runtime = createOnnxRuntime();
    const ending: Runtime = {
      ...runtime,
      name: runtime.name,
      probe: () => runtime.probe(),
      build: (request) => runtime.build(request),
      open: async (request) => {
        const loaded = await runtime.open(request);
        if (request.engine.manifest.variant !== 'int8') return loaded;
        // The process is gone: what is asked of it fails as after a crash.
        const infer: LoadedEngine['infer'] = async (inputs) => {
          await loaded.dispose();
          return loaded.infer(inputs);
        };
        return { ...loaded, infer };
      },
    };
    const record = await run('caches', () => undefined, ending);
    const [row] = judge(record, { noiseFloor: 0.01 });
    expect(row?.times?.tFloatNs).toBeGreaterThan(0);
    expect(row).toMatchObject({ accuracy: null, verdict: 'not-measured' });
    expect(row?.reasons.map(({ id }) => id)).toContain('accuracy-not-measured');
    const told = record.environment.warnings.flatMap(({ id, message }) => (id === 'accuracy-failed' ? [message] : []));
    expect(told.join('\n')).toContain('accuracy could not be measured');
    expect(told.join('\n')).toContain('ended by SIGKILL');
  }, 120_000);
});
