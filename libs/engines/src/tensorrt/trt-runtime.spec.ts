import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GpuDevice } from '@octet/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contractDevice, describeRuntimeContract } from '../contract.js';
import type { BuildRequest, TensorMap } from '../port.js';
import { createTensorRtRuntime, type TensorRtOptions } from './trt-runtime.js';
import { mainMode } from './command-line.js';
import type { TensorRtEngine } from './trt-engine.js';
import type { TrtManifestOptions } from './trt-build.js';

const fake = join(import.meta.dirname, '../../../../test/fixtures/trtexec/fake-trtexec');
const command = (...own: string[]) => [process.execPath, fake, ...own];

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
const inputs: TensorMap = { input: { dataType: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) } };

describeRuntimeContract('tensorrt over recorded output', {
  create: () => createTensorRtRuntime({ command: command() }),
  modelPath: () => 'model.onnx',
  inputs,
  outputs: { output: [1, 4] },
  profiles: true,
  device: gpu,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-trt-spec-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const buildRequest = (changes: Partial<BuildRequest> = {}): BuildRequest => ({
  label: 'fp32',
  variant: 'fp32',
  modelPath: 'model.onnx',
  shapes: { input: [1, 2] },
  device: gpu,
  threads: null,
  outputDir: folder,
  calibrationCachePath: null,
  options: {},
  timeLimitMs: 30_000,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  ...changes,
});
const runtimeThat = (...own: string[]) => createTensorRtRuntime({ command: command(...own), watchdogMs: 3_000 });
const opened = async (runtime = runtimeThat(), changes: Partial<BuildRequest> = {}, device = gpu) => {
  const engine = await createTensorRtRuntime({ command: command() }).build(buildRequest(changes));
  return (await runtime.open({ engine, device, inputs, signal: new AbortController().signal })) as TensorRtEngine;
};
const round = { minRuns: 20, minDurationMs: 200, maxDurationMs: 4_000 };
const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
const launches = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);

describe('probing', () => {
  it('finds the version', async () => {
    expect(await runtimeThat().probe()).toMatchObject({ name: 'tensorrt', version: '8.5.3', providers: [] });
    expect(await runtimeThat('--fake-version=v101600').probe()).toMatchObject({ version: '10.16.0' });
  });

  it('says what it found instead', async () => {
    const other = runtimeThat('--fake-do=not-trtexec');
    expect(await other.probe()).toBeNull();
    expect(await other.whyAbsent?.()).toMatchObject({ code: 'not-trtexec' });
    expect(await runtimeThat('--fake-do=missing-library').whyAbsent?.()).toMatchObject({
      code: 'library-missing',
      message: expect.stringContaining('libnvinfer.so.8') as string,
    });
    const nowhere = createTensorRtRuntime({ command: [join(folder, 'no-such-file')] });
    expect(await nowhere.whyAbsent?.()).toMatchObject({ code: 'not-trtexec' });
    expect(await runtimeThat().whyAbsent?.()).toBeNull();
  });

  it('takes OCTET_TRTEXEC, then the PATH', async () => {
    const { findTrtexec } = await import('./trtexec-probe.js');
    const path = join(folder, 'trtexec');
    writeFileSync(path, '');
    expect(findTrtexec({ PATH: folder })).not.toBe(path);
    chmodSync(path, 0o755);
    expect(findTrtexec({ PATH: `/nowhere:${folder}` })).toBe(path);
    expect(findTrtexec({ OCTET_TRTEXEC: '/given/trtexec', PATH: folder })).toBe('/given/trtexec');
  });
});

describe('building', () => {
  it('records what would build the same engine again', async () => {
    const { manifest } = await runtimeThat().build(buildRequest({ variant: 'fp16', label: 'fp16' }));
    const options = manifest.options as TrtManifestOptions;
    expect(options.arguments).toContain('--fp16');
    expect(options).toMatchObject({ deviceClass: 'sm_86/test-gpu/24g/150w', dynamic: false, timingCache: null });
    expect(manifest).toMatchObject({ runtime: 'tensorrt', runtimeVersion: '8.5.3', buildNs: 1_250_000_000 });
  });

  it.each([
    ['out-of-memory', 'gpu-out-of-memory'],
    ['gpu-lost', 'gpu-lost'],
    ['old-driver', 'driver-too-old'],
    ['fails', 'build-failed'],
    ['abort', 'build-failed'],
    ['garbage', 'build-failed'],
    ['no-engine', 'build-failed'],
  ])('%s ends as %s', async (behaviour, expected) => {
    await expect(runtimeThat(`--fake-do=${behaviour}`).build(buildRequest())).rejects.toThrow(code(expected));
  });

  it('ends a build at its time limit with its whole process group', async () => {
    const state = join(folder, '../', `octet-child-${process.pid}`);
    const build = runtimeThat('--fake-do=hang-with-child', `--fake-state=${state}`).build(
      buildRequest({ timeLimitMs: 1_500 }),
    );
    await expect(build).rejects.toThrow(code('build-timeout'));
    const child = Number(readFileSync(state, 'utf8'));
    await rm(state);
    await expect.poll(() => isAlive(child), { timeout: 5_000 }).toBe(false);
  });

  it('ends a build when it is cancelled', async () => {
    const controller = new AbortController();
    const build = runtimeThat('--fake-do=hang').build(buildRequest({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 300);
    await expect(build).rejects.toThrow(code('engine-cancelled'));
  });

  it('fixes dynamic dimensions to the trial shape, and gives them at each run', async () => {
    const record = join(folder, '..', `octet-record-${process.pid}`);
    const runtime = runtimeThat('--fake-do=dynamic', `--fake-record=${record}`);
    const engine = await runtime.build(buildRequest({ shapes: { x: [4, 3] } }));
    expect(engine.manifest.options).toMatchObject({ dynamic: true });
    const loaded = await runtime.open({ engine, device: gpu, inputs, signal: new AbortController().signal });
    await loaded.dispose();
    const last = launches(record).at(-1);
    await rm(record);
    expect(last).toContain("--shapes='x':4x3");
    expect((engine.manifest.options as TrtManifestOptions).arguments).toContain("--optShapes='x':4x3");
  });

  it('shares a timing cache within a class, keeps it whole and tells when it was rejected', async () => {
    const timingCacheDir = join(folder, 'timing');
    const settings: TensorRtOptions = { command: command(), timingCacheDir };
    const out = async (): Promise<string> => mkdtemp(join(folder, 'out-'));
    const state = async (options: TensorRtOptions) => {
      const { manifest } = await createTensorRtRuntime(options).build(buildRequest({ outputDir: await out() }));
      return (manifest.options as TrtManifestOptions).timingCache;
    };
    const first = await state(settings);
    expect(first).toEqual({ state: 'written', sha256In: null });
    const second = await state(settings);
    expect(second).toMatchObject({ state: 'used', sha256In: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    const shared = join(timingCacheDir, 'sm-86-test-gpu-24g-150w-8.5.3.timing');
    expect(readFileSync(shared, 'utf8')).toBe('+fp32+fp32');
    await expect(state({ ...settings, command: command('--fake-do=fails') })).rejects.toThrow(code('build-failed'));
    expect(readFileSync(shared, 'utf8')).toBe('+fp32+fp32');
    writeFileSync(shared, 'rejected');
    expect(await state(settings)).toMatchObject({ state: 'rejected' });
    const independent = await createTensorRtRuntime(settings).build(
      buildRequest({ outputDir: await out(), options: { timingCache: false } }),
    );
    expect((independent.manifest.options as TrtManifestOptions).timingCache).toBeNull();
  });

  it('runs allowed plugins only, with the hash that was allowed', async () => {
    const path = join(folder, 'plugin.so');
    writeFileSync(path, 'code');
    const sha256 = '5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b';
    const build = (plugins: TensorRtOptions['plugins'], wanted: string) =>
      createTensorRtRuntime({ command: command(), plugins: plugins ?? [] }).build(
        buildRequest({ options: { plugins: [wanted] } }),
      );
    expect((await build([{ path, sha256 }], 'plugin.so')).manifest.options).toMatchObject({
      plugins: [{ path, sha256 }],
    });
    await expect(build([], 'plugin.so')).rejects.toThrow(code('plugin-not-allowed'));
    await expect(build([{ path, sha256: 'f'.repeat(64) }], path)).rejects.toThrow(code('plugin-changed'));
  });

  it('refuses what it cannot build', async () => {
    const refused = (changes: Partial<BuildRequest>, ...own: string[]) =>
      expect(runtimeThat(...own).build(buildRequest(changes))).rejects;
    await refused({ device: contractDevice }).toThrow(code('device-not-supported'));
    await refused({ variant: 'bf16' }).toThrow(code('bf16-too-old'));
    await refused({ variant: 'int8', calibrationCachePath: 'c' }, '--fake-version=v110100').toThrow(
      code('implicit-int8-removed'),
    );
    await refused({}, '--fake-version=v120000').toThrow(code('runtime-version-unknown'));
    await refused({ options: { unknown: 1 } }).toThrow(code('option-invalid'));
  });
});

describe('opening', () => {
  it('never loads an engine of another class or version, or one that changed', async () => {
    await expect(opened(runtimeThat(), {}, { ...gpu, powerLimitW: 300 })).rejects.toThrow(
      code('engine-of-other-class'),
    );
    await expect(opened(runtimeThat('--fake-version=v8601'))).rejects.toThrow(code('engine-of-other-version'));
    const engine = await runtimeThat().build(buildRequest());
    writeFileSync(join(folder, 'engine.plan'), 'changed');
    const open = runtimeThat().open({ engine, device: gpu, inputs, signal: new AbortController().signal });
    await expect(open).rejects.toThrow(code('engine-damaged'));
  });

  it('checks the size of the inputs itself', async () => {
    const engine = await runtimeThat().build(buildRequest());
    const wrong = { input: { dataType: 'float32' as const, dims: [1, 3], data: Float32Array.of(1, 2) } };
    const open = runtimeThat().open({ engine, device: gpu, inputs: wrong, signal: new AbortController().signal });
    await expect(open).rejects.toThrow(code('input-size'));
  });
});

describe('measuring', () => {
  it('gives the raw compute times, load time, memory, layers and outputs', async () => {
    const engine = await opened();
    expect(engine.loadNs).toBe(10_000_000);
    expect(await engine.warmUp()).toBeGreaterThanOrEqual(10);
    const { latenciesNs } = await engine.measureRound(round);
    expect(latenciesNs).toHaveLength(20);
    expect(await engine.peakMemoryBytes()).toBe(26 * 2 ** 20);
    expect((await engine.profile(50))?.layers).toHaveLength(9);
    const outputs = await engine.infer(inputs);
    expect([...(outputs['output']?.data ?? [])]).toEqual([0.5, Number.NaN, Number.NEGATIVE_INFINITY, 3]);
    expect(engine.incidents).toEqual([]);
    await engine.dispose();
  });

  it('states the conditions of each launch and keeps it under two seconds', async () => {
    const record = join(folder, 'record');
    const engine = await opened(runtimeThat(`--fake-record=${record}`));
    await engine.measureRound({ ...round, minDurationMs: 10_000, maxDurationMs: 60_000 });
    await engine.measureIn({ ...mainMode, graph: false, transfers: true }, round);
    const [, main = [], other = []] = launches(record).filter((args) => !args.includes('--help'));
    expect(main).toEqual(
      expect.arrayContaining([
        '--noDataTransfers',
        '--useCudaGraph',
        '--useSpinWait',
        '--warmUp=200',
        '--duration=1.5',
      ]),
    );
    expect(main.some((argument) => argument.startsWith("--loadInputs='input':"))).toBe(true);
    expect(other).not.toContain('--useCudaGraph');
    expect(other).not.toContain('--noDataTransfers');
    await engine.dispose();
  });

  it.each(['abort', 'hang', 'garbage'])('tries once more after: %s', async (behaviour) => {
    const state = join(folder, 'launches');
    const engine = await opened(runtimeThat(`--fake-do=${behaviour}`, '--fake-times=1', `--fake-state=${state}`));
    expect(engine.incidents).toHaveLength(1);
    expect(engine.incidents[0]).toMatchObject({
      code: behaviour === 'hang' ? 'engine-timeout' : 'engine-crashed',
      retried: true,
    });
    expect((await engine.measureRound(round)).latenciesNs).toHaveLength(20);
    await engine.dispose();
  });

  it('gives up after the second crash, with the last lines', async () => {
    await expect(opened(runtimeThat('--fake-do=abort'))).rejects.toThrow(/SIGABRT/);
  });

  it.each([
    ['gpu-lost', 'gpu-lost'],
    ['out-of-memory', 'gpu-out-of-memory'],
    ['partial', 'json-truncated'],
    ['no-export', 'export-missing'],
  ])('does not try again after: %s', async (behaviour, expected) => {
    await expect(opened(runtimeThat(`--fake-do=${behaviour}`))).rejects.toThrow(code(expected));
  });

  it('leaves nothing behind', async () => {
    const engine = await opened();
    const scratch = (engine as unknown as { scratchDir: string }).scratchDir;
    expect(existsSync(scratch)).toBe(true);
    await engine.dispose();
    expect(existsSync(scratch)).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
