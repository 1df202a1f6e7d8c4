import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPlan, judge, recipeDefaults, recipeLabel, type TrialSpec } from '@octet/domain';
import { createScriptedRuntime, type BuildRequest, type Script } from '@octet/engines';
import { trialRecordSchema, type TrialProgress } from '@octet/protocol';
import { gpuDevice } from '@octet/testing';
import { openCaches, type TrialCaches } from './cache/trial-caches.js';
import { contractDevice } from '../../engines/src/contract.js';
import type { TrialDeps } from './deps.js';
import { hostLock } from './host/host-lock.js';
import { localCalibrationTables } from './prepare/calibration.js';
import { runTrial } from './run-trial.js';

const label = recipeLabel(recipeDefaults);

describe('runTrial with a scripted runtime', () => {
  let folder: string;
  let caches: TrialCaches;
  let told: TrialProgress[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octet-trial-'));
    caches = openCaches(folder);
    told = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const spec = (changes: Partial<TrialSpec> = {}): TrialSpec => ({
    model: { name: 'm', sha256: 'ab'.repeat(32) },
    dataset: null,
    batch: 1,
    shapes: { x: [1, 4] },
    deviceClass: 'any',
    runtime: 'scripted',
    threads: 1,
    floats: ['fp32'],
    recipes: [recipeDefaults],
    plan: defaultPlan,
    accuracy: null,
    seed: 3,
    force: false,
    ...changes,
  });
  const deps = (script: Script, changes: Partial<TrialDeps> = {}): TrialDeps => ({
    device: contractDevice,
    runtime: createScriptedRuntime(script),
    caches,
    modelPath: 'none.onnx',
    datasetPath: null,
    ownModels: {},
    calibrationTables: localCalibrationTables(caches.calibrationTables),
    onProgress: (progress) => told.push(progress),
    signal: new AbortController().signal,
    noiseFloor: 0.01,
    twinShare: 0,
    ...changes,
  });
  const engine = (latencyNs: number) => ({ latenciesNs: [latencyNs] });

  it('ends decided when INT8 is plainly faster, and its record is judged worth-it', async () => {
    const record = await runTrial(spec(), deps({ engines: { fp32: engine(2000), [label]: engine(1000) } }));
    expect(record.stop).toBe('decided');
    expect(record.rounds).toHaveLength(9);
    expect(record.engines.map(({ status }) => status)).toEqual(['measured', 'measured']);
    const [row] = judge(record, { noiseFloor: 0.01 });
    expect(row).toMatchObject({ verdict: 'worth-it', speedup: { median: 2 }, gainNs: 1000 });
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    expect(told.at(-1)).toMatchObject({ rounds: 9, interval: { median: 2 }, cache: { builds: 2, hits: 0 } });
  });

  it('takes every engine from the cache the second time, and measures afresh', async () => {
    const script = { engines: { fp32: engine(2000), [label]: engine(1000) } };
    await runTrial(spec(), deps(script));
    told = [];
    const record = await runTrial(spec(), deps(script));
    expect(record.engines.map(({ build }) => build?.cacheHit)).toEqual([true, true]);
    expect(told.at(-1)?.cache).toEqual({ hits: 2, builds: 0, calibrations: 0 });
    expect(record.rounds).toHaveLength(9);
  });

  it('never loads an engine of another runtime version', async () => {
    const engines = { fp32: engine(2000), [label]: engine(1000) };
    await runTrial(spec(), deps({ version: '1', engines }));
    const record = await runTrial(spec(), deps({ version: '2', engines }));
    expect(record.engines.map(({ build }) => build?.cacheHit)).toEqual([false, false]);
  });

  it('never loads an engine of another device class', async () => {
    const script = { engines: { fp32: engine(2000), [label]: engine(1000) } };
    await runTrial(spec(), deps(script));
    const device = { ...contractDevice, instructionSets: ['AVX512-VNNI'] };
    const record = await runTrial(spec(), deps(script, { device }));
    expect(record.engines.map(({ build }) => build?.cacheHit)).toEqual([false, false]);
  });

  it('ends an engine that fails to build with its reason, and measures the others', async () => {
    const failing = { ...engine(1000), buildFails: 'no kernel for this' };
    const record = await runTrial(spec(), deps({ engines: { fp32: engine(2000), [label]: failing } }));
    expect(record.engines[1]).toMatchObject({ status: 'failed', refusal: { code: 'build-failed' } });
    expect(record.engines[0]?.status).toBe('measured');
    expect(record.stop).toBe('nothing-to-compare');
    expect(judge(record, { noiseFloor: 0.01 })[0]?.verdict).toBe('not-measured');
  });

  it('goes on without an engine that crashes in a round', async () => {
    const asymmetric = { ...recipeDefaults, scheme: 'static-asymmetric' as const };
    const crashing = { ...engine(900), crashesInRound: 4 };
    const engines = { fp32: engine(2000), [label]: engine(1000), [recipeLabel(asymmetric)]: crashing };
    const record = await runTrial(spec({ recipes: [recipeDefaults, asymmetric] }), deps({ engines }));
    expect(record.engines.map(({ status }) => status)).toEqual(['measured', 'measured', 'failed']);
    const [kept, lost] = judge(record, { noiseFloor: 0.01 });
    expect([kept?.verdict, lost?.verdict]).toEqual(['worth-it', 'not-measured']);
  });

  it('measures the first float twice when it is an A/A trial', async () => {
    const engines = { fp32: engine(2000), [label]: engine(1000) };
    const record = await runTrial(spec(), deps({ engines }, { twinShare: 1 }));
    expect(record.engines.map((found) => found.label)).toEqual(['fp32', label, 'fp32#2']);
    expect(Object.keys(record.rounds[0]?.samples ?? {}).sort()).toEqual(['fp32', 'fp32#2', label].sort());
    expect(judge(record, { noiseFloor: 0.01 })).toHaveLength(1);
  });

  it('stops in time when the interval straddles the threshold', async () => {
    let nowMs = 0;
    const clock = { nowMs: () => (nowMs += 300), date: () => new Date(0) };
    const noisy = { latenciesNs: [900, 1100, 950, 1060], samplesPerRound: 1 };
    const plan = { ...defaultPlan, maxSeconds: 60 };
    const record = await runTrial(spec({ plan }), deps({ engines: { fp32: engine(1050), [label]: noisy } }, { clock }));
    expect(record.stop).toBe('time-out');
    expect(record.rounds.at(-1)?.startedMs).toBeLessThan(60_000);
  });

  it('keeps the rounds so far when it is cancelled in one, and throws when it is cancelled before', async () => {
    const controller = new AbortController();
    const slow = { ...engine(1000), roundMs: 20 };
    const onProgress = ({ rounds }: TrialProgress): void => {
      if (rounds === 3) controller.abort();
    };
    const engines = { fp32: engine(2000), [label]: slow };
    const record = await runTrial(spec(), deps({ engines }, { signal: controller.signal, onProgress }));
    expect(record.stop).toBe('cancelled');
    expect(record.rounds).toHaveLength(3);
    const early = runTrial(spec(), deps({ engines }, { signal: AbortSignal.abort() }));
    await expect(early).rejects.toMatchObject({ code: 'engine-cancelled' });
  });

  it('leaves the host to others while it is not measuring', async () => {
    const lock = hostLock(join(folder, 'lock'));
    const engines = { fp32: engine(2000), [label]: engine(1000) };
    await runTrial(spec(), deps({ engines }, { hostLock: lock }));
    const release = await lock.acquire('measure-alone', AbortSignal.timeout(1000));
    release();
  });

  it('builds a close pair once more, and remembers that the same engine came out', async () => {
    const engines = { fp32: engine(1050), [label]: engine(1000), int8: engine(500) };
    const clear = { ...recipeDefaults, weightBits: 7 as const };
    const recipes = [recipeDefaults, clear];
    let built = 0;
    const runtime = createScriptedRuntime({ engines });
    const build = (request: BuildRequest) => {
      built++;
      return runtime.build(request);
    };
    const counting = { ...runtime, build };
    const record = await runTrial(spec({ recipes }), deps({ engines }, { runtime: counting }));
    const rebuilt = record.engines.map(({ build }) => build?.options['rebuilt'] ?? null);
    // The recipe that is twice as fast is clear of the others: its build decides nothing.
    expect(rebuilt).toEqual([
      { builds: 2, sameEngine: true, sha256: record.engines[0]?.build?.sha256 },
      { builds: 2, sameEngine: true, sha256: record.engines[1]?.build?.sha256 },
      null,
    ]);
    expect(built).toBe(5);
    const again = await runTrial(spec({ recipes }), deps({ engines }, { runtime: counting }));
    expect(again.engines.map(({ build }) => build?.options['rebuilt'] ?? null)).toEqual(rebuilt);
    expect(built).toBe(5);
  });

  describe('other modes of a CPU', () => {
    const script = { engines: { fp32: engine(2000), [label]: engine(1000) } };
    const device = { ...contractDevice, physicalCores: 64 };
    const modesOf = async (changes: Partial<TrialSpec>, own: Partial<TrialDeps> = {}) =>
      (await runTrial(spec(changes), deps(script, { device, study: { cpuModes: ['threads'] }, ...own }))).modes;

    it('measures the final pair with one thread and with all cores, but not again with its own', async () => {
      const all = Math.min(64, availableParallelism());
      const modes = await modesOf({ threads: 3 });
      expect(modes?.map(({ threads }) => threads)).toEqual([...new Set([1, all])].filter((count) => count !== 3));
      expect(modes?.[0]).toEqual({
        id: 'threads-1',
        threads: 1,
        float: 'fp32',
        recipe: label,
        roundMediansNs: { fp32: Array<number>(9).fill(2000), [label]: Array<number>(9).fill(1000) },
      });
      expect((await modesOf({ threads: 1 }))?.map(({ threads }) => threads)).not.toContain(1);
    });

    it('measures the final pair with several runs at once where each has cores of its own', async () => {
      const record = await runTrial(spec({ threads: 1 }), deps(script, { device }));
      const streams = record.modes?.filter(({ id }) => id.startsWith('streams')) ?? [];
      const fitting = ['streams-2', 'streams-4'].filter((id) => Number(id.slice(-1)) <= availableParallelism());
      expect(streams.map(({ id }) => id)).toEqual(fitting);
      const rounds = { fp32: Array<number>(9).fill(2000), [label]: Array<number>(9).fill(1000) };
      for (const { id, ...mode } of streams) {
        const conditions = { graph: false, transfers: false, streams: Number(id.slice(-1)), soakSeconds: 0 };
        expect(mode).toEqual({ threads: null, conditions, float: 'fp32', recipe: label, roundMediansNs: rounds });
      }
      expect(trialRecordSchema.safeParse(record)).toMatchObject({ success: true });
      expect(await modesOf({ threads: 3 }, { study: { cpuModes: [] } })).toBeUndefined();
    });

    it('adds nothing to a plan under 20 s, to one that is used up, or on a GPU', async () => {
      expect(await modesOf({ threads: 3, plan: { ...defaultPlan, maxSeconds: 12 } })).toBeUndefined();
      let nowMs = 0;
      const clock = { nowMs: () => (nowMs += 600), date: () => new Date(0) };
      expect(await modesOf({ threads: 3, plan: { ...defaultPlan, maxSeconds: 20 } }, { clock })).toBeUndefined();
      expect(await modesOf({ threads: null }, { device: gpuDevice() })).toBeUndefined();
    });
  });

  it('leaves no time of a short plan to a second build', async () => {
    const engines = { fp32: engine(1050), [label]: engine(1000) };
    const plan = { ...defaultPlan, maxSeconds: 1 };
    const record = await runTrial(spec({ plan }), deps({ engines }));
    expect(record.engines.map(({ build }) => build?.options['rebuilt'])).toEqual([undefined, undefined]);
  });

  it('keeps what spoke against measuring before the engines were loaded', async () => {
    const engines = { fp32: engine(2000), [label]: engine(1000) };
    const warning = { id: 'other-load', message: 'Other programs use 40 % of the CPU.', advice: 'Stop them.' };
    const preflight = () =>
      Promise.resolve({ facts: { otherLoad: 0.4, platform: 'told' }, warnings: [warning, warning] });
    const record = await runTrial(spec(), deps({ engines }, { preflight, device: { ...gpuDevice(), mig: true } }));
    expect(record.environment.warnings.map(({ id }) => id)).toEqual(['other-load', 'mig']);
    expect(record.environment.facts).toMatchObject({ otherLoad: 0.4, platform: process.platform });
  });

  it('says when a model is none', async () => {
    const modelPath = join(folder, 'bad.onnx');
    await writeFile(modelPath, 'not a model');
    const { createOnnxRuntime } = await import('@octet/engines');
    const real = deps({ engines: {} as Script['engines'] }, { runtime: createOnnxRuntime(), modelPath });
    await expect(runTrial(spec({ runtime: 'onnxruntime' }), real)).rejects.toMatchObject({
      code: expect.stringMatching(/^model-/) as unknown,
    });
  });
});
