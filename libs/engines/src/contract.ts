import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CpuDevice, Device } from '@octet/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withStreams } from './onnxruntime/with-streams.js';
import type { BuildRequest, BuiltEngine, LoadedEngine, Runtime, TensorMap } from './port.js';

/** What an adapter's spec hands to the contract suite. */
export interface ContractCase {
  create: () => Runtime;
  /** Model and inputs that fit each other; runtimes that read no model take any path. */
  modelPath: () => string;
  inputs: TensorMap;
  /** Names and dims of the outputs that `infer` gives; null where a runtime computes nothing. */
  outputs: Record<string, number[]> | null;
  /** Whether the runtime tells layers. */
  profiles: boolean;
  /** Default: `contractDevice`. */
  device?: Device;
}

/** A CPU for specs; nothing in a runtime's contract depends on its values. */
export const contractDevice: CpuDevice = {
  kind: 'cpu',
  id: 'cpu',
  name: 'Contract CPU',
  architecture: 'x86-64',
  instructionSets: [],
  threads: 1,
  physicalCores: 1,
  logicalCores: 1,
  memoryBytes: 2 ** 30,
};

/** What every adapter of the port must do, whatever stands behind it. */
export function describeRuntimeContract(name: string, given: ContractCase): void {
  describe(`${name} keeps the runtime contract`, () => {
    let folder: string;
    const opened: LoadedEngine[] = [];
    const device = given.device ?? contractDevice;
    const runtime = given.create();

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'octet-contract-'));
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((engine) => engine.dispose()));
      await rm(folder, { recursive: true, force: true });
    });

    const request = (overrides: Partial<BuildRequest> = {}): BuildRequest => ({
      label: 'fp32',
      variant: 'fp32',
      modelPath: given.modelPath(),
      shapes: Object.fromEntries(Object.entries(given.inputs).map(([input, { dims }]) => [input, dims])),
      device,
      threads: 1,
      outputDir: folder,
      calibrationCachePath: null,
      options: {},
      timeLimitMs: 60_000,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...overrides,
    });
    const open = async (engine: BuiltEngine, signal = new AbortController().signal): Promise<LoadedEngine> => {
      const loaded = await runtime.open({ engine, device, inputs: given.inputs, signal });
      opened.push(loaded);
      return loaded;
    };

    it('is there and names its version', async () => {
      const probe = await runtime.probe();
      expect(probe).toMatchObject({ name: runtime.name });
      expect(probe?.version).toMatch(/^\d/);
    });

    it('leaves a manifest that is JSON and names every file it wrote', async () => {
      const { dir, manifest } = await runtime.build(request());
      expect(dir).toBe(folder);
      expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
      expect((await readdir(folder)).sort()).toEqual([...manifest.files].sort());
      for (const file of manifest.files) expect((await stat(join(folder, file))).isFile()).toBe(true);
      expect(manifest.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(manifest).toMatchObject({ runtime: runtime.name, variant: 'fp32', threads: 1 });
    });

    it('measures what it built, after the manifest went through JSON', async () => {
      const built = await runtime.build(request());
      const engine = await open(JSON.parse(JSON.stringify(built)) as BuiltEngine);
      await engine.warmUp();
      const { latenciesNs } = await engine.measureRound({ minRuns: 10, minDurationMs: 0, maxDurationMs: 5_000 });
      expect(latenciesNs).toBeInstanceOf(Float64Array);
      expect(latenciesNs.length).toBeGreaterThanOrEqual(10);
      expect(latenciesNs.every((latency) => latency > 0 && latency < 5e9)).toBe(true);
    });

    it('gives at least one sample under the tightest cap', async () => {
      const engine = await open(await runtime.build(request()));
      const { latenciesNs } = await engine.measureRound({ minRuns: 1, minDurationMs: 0, maxDurationMs: 1 });
      expect(latenciesNs.length).toBeGreaterThanOrEqual(1);
    });

    it('keeps two engines open side by side', async () => {
      const built = await runtime.build(request());
      const [first, second] = [await open(built), await open(built)];
      const plan = { minRuns: 2, minDurationMs: 0, maxDurationMs: 1_000 };
      const rounds = [await first.measureRound(plan), await second.measureRound(plan), await first.measureRound(plan)];
      for (const { latenciesNs } of rounds) expect(latenciesNs.length).toBeGreaterThanOrEqual(1);
    });

    it('runs several at once where it has streams, in a fresh process too', async () => {
      const built = await runtime.build(request());
      const streams = withStreams(built, 2);
      if (streams === null) return;
      const [one, two] = [await open(built), await open(JSON.parse(JSON.stringify(streams)) as BuiltEngine)];
      expect([one.streams ?? 1, two.streams]).toEqual([1, 2]);
      expect(await two.warmUp()).toBeGreaterThanOrEqual(1);
      const plan = { minRuns: 10, minDurationMs: 0, maxDurationMs: 5_000 };
      for (const renew of [null, two.renew]) {
        await renew?.();
        const { latenciesNs } = await two.measureRound(plan);
        expect(latenciesNs.length).toBeGreaterThanOrEqual(1);
        expect(latenciesNs.every((between) => between > 0 && between < 5e9)).toBe(true);
      }
      expect(await two.infer(given.inputs)).toEqual(await one.infer(given.inputs));
    });

    it('measures and computes in a fresh process as before, where it renews at all', async () => {
      const engine = await open(await runtime.build(request()));
      const before = await engine.infer(given.inputs);
      await engine.renew?.();
      const plan = { minRuns: 2, minDurationMs: 0, maxDurationMs: 1_000 };
      expect((await engine.measureRound(plan)).latenciesNs.length).toBeGreaterThanOrEqual(1);
      expect(await engine.infer(given.inputs)).toEqual(before);
    });

    it('gives its outputs where it computes any', async () => {
      const engine = await open(await runtime.build(request()));
      const outputs = await engine.infer(given.inputs);
      if (given.outputs === null) return;
      const dims = Object.fromEntries(Object.entries(outputs).map(([output, tensor]) => [output, tensor.dims]));
      expect(dims).toEqual(given.outputs);
    });

    it('tells its layers or says that it has none', async () => {
      const engine = await open(await runtime.build(request()));
      const profile = await engine.profile(5);
      if (!given.profiles) return expect(profile).toBeNull();
      expect(profile?.runs).toBe(5);
      expect(profile?.layers.length).toBeGreaterThan(0);
    });

    it('does not build when it is cancelled', async () => {
      const signal = AbortSignal.abort();
      await expect(runtime.build(request({ signal }))).rejects.toMatchObject({ code: 'engine-cancelled' });
    });

    it('ends a round when it is cancelled', async () => {
      const controller = new AbortController();
      const engine = await open(await runtime.build(request()), controller.signal);
      controller.abort();
      const round = engine.measureRound({ minRuns: 1, minDurationMs: 10, maxDurationMs: 100 });
      await expect(round).rejects.toMatchObject({ code: 'engine-cancelled' });
    });

    it('can be disposed of twice', async () => {
      const engine = await open(await runtime.build(request()));
      await engine.dispose();
      await expect(engine.dispose()).resolves.toBeUndefined();
    });
  });
}
