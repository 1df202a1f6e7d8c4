import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contractDevice, describeRuntimeContract } from '../contract.js';
import type { BuildRequest } from '../port.js';
import type { Script } from './script.js';
import { createScriptedRuntime } from './scripted-runtime.js';

const inputs = { x: { dataType: 'float32' as const, dims: [1, 4], data: new Float32Array(4) } };
const layer = {
  name: 'conv',
  type: 'Conv',
  kind: 'compute' as const,
  inputs: [],
  outputs: [],
  timeNs: 900,
  kernel: null,
  provider: null,
  weightBytes: null,
};
const script: Script = { engines: { '*': { latenciesNs: [1000, 1010], layers: [layer] } } };

describeRuntimeContract('scripted', {
  create: () => createScriptedRuntime(script),
  modelPath: () => 'no-model-is-read.onnx',
  inputs,
  outputs: { x: [1, 4] },
  profiles: true,
});

describe('scripted runtime', () => {
  let outputDir: string;
  beforeEach(async () => {
    outputDir = await mkdtemp(join(tmpdir(), 'octet-scripted-'));
  });
  afterEach(() => rm(outputDir, { recursive: true, force: true }));

  const request = (label: string): BuildRequest => ({
    label,
    variant: 'int8',
    modelPath: '',
    shapes: {},
    device: contractDevice,
    threads: null,
    outputDir,
    calibrationCachePath: null,
    options: {},
    timeLimitMs: 1000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const plan = { minRuns: 1, minDurationMs: 0, maxDurationMs: 100 };

  it('plays its samples in order and starts again at their end', async () => {
    const runtime = createScriptedRuntime({ engines: { int8: { latenciesNs: [1, 2, 3], samplesPerRound: 2 } } });
    const engine = await runtime.build(request('int8/any'));
    const signal = new AbortController().signal;
    const loaded = await runtime.open({ engine, device: contractDevice, inputs: {}, signal });
    expect([...(await loaded.measureRound(plan)).latenciesNs]).toEqual([1, 2]);
    expect([...(await loaded.measureRound(plan)).latenciesNs]).toEqual([3, 1]);
  });

  it('fails and crashes where the script says so', async () => {
    const runtime = createScriptedRuntime({
      engines: { a: { latenciesNs: [1], buildFails: 'no tactic' }, b: { latenciesNs: [1], crashesInRound: 2 } },
    });
    await expect(runtime.build(request('a'))).rejects.toMatchObject({ code: 'build-failed', message: 'a: no tactic' });
    const engine = await runtime.build(request('b'));
    const signal = new AbortController().signal;
    const loaded = await runtime.open({ engine, device: contractDevice, inputs: {}, signal });
    await loaded.measureRound(plan);
    await expect(loaded.measureRound(plan)).rejects.toMatchObject({ code: 'engine-crashed' });
  });

  it('hangs until it is cancelled', async () => {
    const runtime = createScriptedRuntime({ engines: { a: { latenciesNs: [1], hangsInRound: 1 } } });
    const controller = new AbortController();
    const engine = await runtime.build(request('a'));
    const loaded = await runtime.open({ engine, device: contractDevice, inputs: {}, signal: controller.signal });
    const round = loaded.measureRound(plan);
    controller.abort();
    await expect(round).rejects.toMatchObject({ code: 'engine-cancelled' });
  });

  it('refuses a script it does not understand, and an engine that is not in it', async () => {
    expect(() => createScriptedRuntime({ engines: { a: { latenciesNs: [] } } })).toThrow(/latenciesNs/);
    const runtime = createScriptedRuntime({ engines: { a: { latenciesNs: [1] } } });
    await expect(runtime.build(request('fp32'))).rejects.toMatchObject({ code: 'build-failed' });
  });
});
