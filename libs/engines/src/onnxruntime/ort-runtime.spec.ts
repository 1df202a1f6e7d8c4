import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contractDevice, describeRuntimeContract } from '../contract.js';
import type { BuildRequest, LoadedEngine, Tensor } from '../port.js';
import { createOnnxRuntime } from './ort-runtime.js';
import { missingLibraries, providerFolder } from './provider-libraries.js';
import { withThreads } from './with-threads.js';
import { denseModel, quantizedBiasModel, quantizedDenseModel, transposedDenseModel } from './sample-model.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-ort-'));
const size = { rows: 4, width: 64 };
const file = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const densePath = file('dense.onnx', denseModel(size));
const input = (rows: number, width: number): Tensor => ({
  dataType: 'float32',
  dims: [rows, width],
  data: Float32Array.from({ length: rows * width }, (_, index) => ((index * 29) % 64) / 32 - 1),
});
const inputs = { x: input(size.rows, size.width) };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeRuntimeContract('onnxruntime', {
  create: () => createOnnxRuntime(),
  modelPath: () => densePath,
  inputs,
  outputs: { y: [4, 64] },
  profiles: true,
});

describe('onnxruntime', () => {
  const runtime = createOnnxRuntime();
  let built = 0;
  const request = async (modelPath: string, overrides: Partial<BuildRequest> = {}): Promise<BuildRequest> => {
    const outputDir = join(folder, `build-${built++}`);
    await mkdir(outputDir);
    return {
      label: 'fp32',
      variant: 'fp32',
      modelPath,
      shapes: { x: [4, 64] },
      device: contractDevice,
      threads: 1,
      outputDir,
      calibrationCachePath: null,
      options: {},
      timeLimitMs: 60_000,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...overrides,
    };
  };
  const openModel = async (modelPath: string, x = inputs.x): Promise<LoadedEngine> => {
    const engine = await runtime.build(await request(modelPath));
    return runtime.open({ engine, device: contractDevice, inputs: { x }, signal: new AbortController().signal });
  };

  it('records every session option', async () => {
    const options = { extra: { session: { x64quantprecision: '1' } } };
    const { manifest } = await runtime.build(await request(densePath, { options, threads: 2 }));
    expect(manifest.options).toEqual({
      executionProviders: ['cpu'],
      intraOpNumThreads: 2,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: true,
      enableMemPattern: true,
      extra: { session: { x64quantprecision: '1' } },
    });
  });

  it('builds the same engine byte for byte, for any number of threads', async () => {
    const quantized = file('again.onnx', quantizedDenseModel(size));
    for (const [variant, path] of [['fp32', densePath] as const, ['int8', quantized] as const]) {
      const first = await runtime.build(await request(path, { variant }));
      const second = await runtime.build(await request(path, { variant, threads: 2 }));
      expect(second.manifest.sha256).toBe(first.manifest.sha256);
      expect(withThreads(first, 2)?.manifest).toMatchObject({ threads: 2, options: second.manifest.options });
    }
  });

  it('computes the product that the model says', async () => {
    const engine = await openModel(densePath);
    const outputs = await engine.infer(inputs);
    await engine.dispose();
    const weight = (row: number, column: number): number => ((((row * 64 + column) * 37) % 127) - 63) / 64;
    const row = Array.from(inputs.x.data as Float32Array).slice(0, 64);
    const expected = row.reduce((sum, value, index) => sum + value * weight(index, 5), 0);
    expect(outputs['y']?.data[5]).toBeCloseTo(expected, 3);
  });

  it('shows quantising, INT8 computing and dequantising with their data types', async () => {
    const engine = await openModel(file('quantized.onnx', quantizedDenseModel(size)));
    const profile = await engine.profile(10);
    await engine.dispose();
    const seen = profile?.layers.map(({ type, kind, inputs: from, outputs: to }) => [
      type,
      kind,
      from.map(({ name, dataType, dims }) => `${name}:${dataType}:${dims?.join('x')}`).join(),
      to.map(({ dataType }) => dataType).join(),
    ]);
    expect(seen).toEqual([
      ['QuantizeLinear', 'conversion', 'x:fp32:4x64', 'uint8'],
      ['QLinearMatMul', 'compute', 'xq:uint8:4x64', 'uint8'],
      ['DequantizeLinear', 'conversion', 'yq:uint8:4x64', 'fp32'],
    ]);
    expect(
      profile?.layers.every(({ timeNs, provider }) => timeNs !== null && provider === 'CPUExecutionProvider'),
    ).toBe(true);
  });

  it('keeps a quantised MatMul in INT8 that has a float bias added', async () => {
    const modelPath = file('bias.onnx', quantizedBiasModel(size));
    const engine = await runtime.build(await request(modelPath, { variant: 'int8' }));
    const signal = new AbortController().signal;
    const loaded = await runtime.open({ engine, device: contractDevice, inputs, signal });
    const profile = await loaded.profile(3);
    await loaded.dispose();
    expect(profile?.layers.map(({ type }) => type)).toEqual(['QuantizeLinear', 'MatMulIntegerToFloat', 'Add']);
    expect(engine.manifest.options['extra']).toEqual({
      optimization: { disable_specified_optimizers: 'MatMulAddFusion' },
    });
  });

  it("counts the user's own Transpose as computing", async () => {
    const engine = await openModel(file('transposed.onnx', transposedDenseModel(size)), input(64, 64));
    const profile = await engine.profile(3);
    await engine.dispose();
    const transposes = profile?.layers.filter(({ type }) => type === 'Transpose') ?? [];
    expect(transposes.map(({ kind }) => kind)).toEqual(transposes.map(() => 'compute'));
  });

  it('says what is wrong with a file that is no model, and with options it does not know', async () => {
    const nonsense = file('nonsense.onnx', new TextEncoder().encode('this is not ONNX at all'));
    await expect(runtime.build(await request(nonsense))).rejects.toMatchObject({ code: 'build-failed' });
    const unknown = request(densePath, { options: { threds: 2 } });
    await expect(unknown.then((asked) => runtime.build(asked))).rejects.toMatchObject({
      code: 'engine-options-invalid',
      message: expect.stringContaining('threds') as unknown,
    });
  });

  it.runIf(missingLibraries('cuda').length > 0)('says which libraries of a GPU provider are not here', async () => {
    const cuda = createOnnxRuntime({ provider: 'cuda' });
    expect(cuda.name).toBe('onnxruntime-cuda');
    expect(await cuda.probe()).toBeNull();
    const reason = await cuda.whyAbsent?.();
    expect(reason?.code).toBe('provider-missing');
    for (const library of missingLibraries('cuda')) expect(reason?.message).toContain(library);
    expect(reason?.message).toContain(providerFolder());
    expect(await runtime.whyAbsent?.()).toBeNull();
  });

  it('calls a build that takes too long by its name', async () => {
    const slow = await request(densePath, { timeLimitMs: 1 });
    await expect(runtime.build(slow)).rejects.toMatchObject({ code: 'build-timeout' });
  });

  it('survives the crash of an engine and tells that it crashed', async () => {
    const engine = await openModel(densePath);
    const round = engine.measureRound({ minRuns: 1, minDurationMs: 20_000, maxDurationMs: 20_000 });
    const crashed = expect(round).rejects.toMatchObject({ code: 'engine-crashed' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const pid of await measuringChildren()) process.kill(pid, 'SIGSEGV');
    await crashed;
    await expect(engine.warmUp()).rejects.toMatchObject({ code: 'engine-crashed' });
  });
});

/** Measuring processes of this test process (Linux). */
async function measuringChildren(): Promise<number[]> {
  const { readFile } = await import('node:fs/promises');
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  const pids = children.trim().split(/\s+/).filter(Boolean).map(Number);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index]?.includes('measuring-process'));
}
