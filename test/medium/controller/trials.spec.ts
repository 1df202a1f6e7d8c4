import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { deviceClassOf } from '@octet/domain';
import {
  liveEventSchema,
  routes,
  type AgentDocument,
  type DeviceClassDocument,
  type LiveEvent,
  type VerdictsDocument,
} from '@octet/protocol';
import { cpuDevice, gpuDevice, runtimeProbe, slot, trialRecord } from '@octet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { adminToken, Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass } from './bed/scripted-agent.js';
import { waitFor } from './bed/wait-for.js';

describe('trials', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;
  let model: string;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
    model = await api.upload('models', 'tiny', tinyModel('trials'));
  });
  afterAll(() => bed.close());

  /** A lane of its own for each test: agents and trials of others never meet. */
  const lane = () => {
    const own = slotOfClass(`CPU ${randomUUID()}`);
    return { slot: own, hello: { slots: [own] }, devices: { classes: [own.deviceClass], runtimes: ['scripted'] } };
  };
  const ended = (id: string) =>
    waitFor(async () => {
      const document = await api.matrix(id);
      return document.matrix.state === 'ended' ? document : null;
    }, `matrix ${id} to end`);

  it('go from matrix to verdict', async () => {
    const { hello, devices, slot: own } = lane();
    const agent = await bed.agent(controller, { hello });
    const submitted = await api.submit({ name: 'whole way', models: [{ sha256: model }], batches: [1, 4], devices });
    expect(submitted.matrix.progress).toMatchObject({ total: 2, refused: 0, waiting: 0 });
    const document = await ended(submitted.matrix.id);
    expect(document.matrix).toMatchObject({ expectedSecondsLeft: 0, progress: { done: 2, queued: 0, assigned: 0 } });
    expect(agent.assigned.map((trial) => trial.spec.batch).toSorted((a, b) => a - b)).toEqual([1, 4]);
    expect(agent.assigned[0]?.noiseFloor).toBe(0.01);

    const { results } = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${submitted.matrix.id}`);
    expect(results.map((row) => row.batch).toSorted((a, b) => a - b)).toEqual([1, 4]);
    for (const row of results) {
      expect(row.model).toEqual({ name: 'tiny', sha256: model });
      expect(row.device.class).toBe(own.deviceClass);
      expect(row.floats).toEqual({ fp32: 2_000_000 });
      expect(row.gainNs).toBe(1_000_000);
      expect(row.speedup?.median).toBe(2);
    }
    const one = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=whole%20way&batch=4&model=tiny`);
    expect(one.results.map((row) => row.batch)).toEqual([4]);
  });

  it('keep the order of the matrix', async () => {
    const batches = Array.from({ length: 24 }, (_, index) => index + 1);
    const { hello, devices } = lane();
    await bed.agent(controller, { hello, manner: 'hold' });
    const submitted = await api.submit({ models: [{ sha256: model }], batches, devices });
    expect(submitted.trials.map((trial) => trial.batch)).toEqual(batches);
  });

  it('are shown with medians, ratios, history and, when asked for, raw samples', async () => {
    const { hello, devices } = lane();
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
    const trial = await agent.trial();
    const record = agent.recordOf(trial);
    record.rounds[3]!.samples['fp32'] = [10, 30, 20, 5_000_000_000];
    record.rounds[4]!.voided = { code: 'throttled', message: 'too hot' };
    record.telemetry = [{ ...emptyTelemetry, temperatureC: 61 }];
    expect(await agent.report(trial, record)).toEqual({ accepted: true, reason: 'accepted' });
    await ended(matrix.id);

    const plain = await api.trial(trial.trialId);
    expect(plain.rounds[3]).toMatchObject({ mediansNs: { fp32: 25 }, counts: { fp32: 4 }, samplesNs: null });
    expect(plain.rounds[0]?.ratios).toEqual({ fp32: { 'int8/static-symmetric/max/w8': 2 } });
    expect(plain.rounds[4]).toMatchObject({ ratios: { fp32: {} }, voided: { code: 'throttled' } });
    expect(plain.telemetry).toMatchObject([{ temperatureC: 61 }]);
    expect(plain.history.map((event) => [event.state, event.reason])).toEqual([
      ['queued', 'submitted'],
      ['assigned', 'assigned'],
      ['done', 'accepted'],
    ]);
    expect(plain.results).toHaveLength(1);
    expect(plain.engines).toMatchObject([
      { label: 'fp32', latency: { rounds: 8, samples: 74, p50Ns: 2_000_000, maxNs: 5_000_000_000 }, sizeBytes: 4_096 },
      { label: 'int8/static-symmetric/max/w8', latency: { throughputPerSecond: 1000 }, firstLoadNs: 100_000 },
    ]);
    const full = await api.trial(trial.trialId, '?samples=1');
    expect(full.rounds.map((round) => round.samplesNs)).toEqual(record.rounds.map((round) => round.samples));
  });

  it('tell their progress on the live socket', async () => {
    const { hello, devices } = lane();
    const events: LiveEvent[] = [];
    const socket = new WebSocket(`${controller.url.replace('http', 'ws')}${routes.liveSocket}?token=${adminToken}`);
    socket.on('message', (data) => events.push(liveEventSchema.parse(JSON.parse((data as Buffer).toString('utf8')))));
    await new Promise((resolve) => socket.once('open', resolve));
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
    const { trialId, attempt, ...trial } = await agent.trial();
    const progress = {
      phase: 'rounds' as const,
      message: 'round 3',
      rounds: 3,
      interval: { median: 1.5, low: 1.4, high: 1.6 },
      secondsLeft: 4,
      cache: { hits: 1, builds: 2, calibrations: 0 },
    };
    agent.send({ type: 'trial.progress', trialId, attempt, progress });
    await waitFor(() => events.some((event) => event.type === 'trial.progress'), 'live progress');
    expect(events).toContainEqual({ type: 'trial.progress', trialId, matrixId: matrix.id, attempt, progress });
    await waitFor(async () => (await api.trial(trialId)).trial.progress, 'stored progress');
    expect((await api.trial(trialId)).trial.progress).toEqual(progress);
    await agent.report({ trialId, attempt, ...trial });
    const done = (event: LiveEvent) => event.type === 'matrix.progress' && event.progress.done === 1;
    await waitFor(() => events.some(done), 'the matrix progress');
    const states = events.flatMap((event) => (event.type === 'trial.state' ? [event.state] : []));
    expect(states).toEqual(['assigned', 'done']);
    expect(events.some((event) => event.type === 'agent.state' && event.agentId === agent.agentId)).toBe(true);
    socket.terminate();
  });

  it('that cannot be are answered and never scheduled', async () => {
    const gpu = slot({
      slotId: 'p100',
      device: gpuDevice({ id: 'p100', name: `P100 ${randomUUID()}`, architecture: 'sm_60' }),
      deviceClass: `sm_60/p100-${randomUUID()}/16g/250w`,
      runtimes: [runtimeProbe({ name: 'tensorrt', version: '8.5.3' })],
    });
    const agent = await bed.agent(controller, { hello: { slots: [gpu] } });
    const devices = { classes: [gpu.deviceClass] };
    const { matrix, refused } = await api.submit({ models: [{ sha256: model }], devices });
    expect(matrix).toMatchObject({ state: 'ended', progress: { total: 0 } });
    expect(refused.map((cell) => cell.variant)).toContain('int8');
    const { results } = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${matrix.id}`);
    expect(results.map((row) => row.verdict)).toEqual(['unsupported']);
    expect(results[0]?.reasons[0]?.advice).not.toBe('');
    expect(agent.assigned).toEqual([]);
  });

  it('tell beside their verdict which variants of their cell were refused', async () => {
    const own = { ...lane().slot, runtimes: [runtimeProbe({ name: 'onnxruntime', providers: ['cpu'] })] };
    const devices = { classes: [own.deviceClass], runtimes: ['onnxruntime'] };
    const agent = await bed.agent(controller, { hello: { slots: [own] } });
    const variants = ['fp32', 'tf32', 'int8'];
    const { matrix, refused } = await api.submit({ models: [{ sha256: model }], variants, devices });
    await ended(matrix.id);
    expect(refused.map((cell) => cell.variant)).toEqual(['tf32']);
    expect(agent.assigned[0]?.spec.floats).toEqual(['fp32']);
    const { results } = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${matrix.id}`);
    expect(results).toHaveLength(1);
    expect(results[0]?.reasons.map((reason) => reason.id)).toContain(refused[0]?.refusal.code);
  });

  it('wait for a device class and come when it does', async () => {
    const { hello, devices } = lane();
    const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
    expect(matrix).toMatchObject({ state: 'waiting', progress: { total: 0, waiting: 1 } });
    await bed.agent(controller, { hello });
    const document = await ended(matrix.id);
    expect(document.matrix.progress).toMatchObject({ total: 1, done: 1, waiting: 0 });
    expect(document.waiting).toEqual([]);
  });

  it('are planned without being stored', async () => {
    const { hello, devices } = lane();
    await bed.agent(controller, { hello });
    const before = await api.ok<{ matrices: unknown[] }>('GET', routes.matrices);
    const plan = await api.ok<{ trials: { spec: { batch: number } }[]; expectedSeconds: number }>('POST', routes.plan, {
      models: [{ name: 'tiny' }],
      batches: [1, 2, 3],
      variants: ['fp32', 'int8'],
      measure: { maxSeconds: 10 },
      devices,
    });
    expect(plan.trials.map((trial) => trial.spec.batch)).toEqual([1, 2, 3]);
    expect(plan.expectedSeconds).toBe(30);
    const after = await api.ok<{ matrices: unknown[] }>('GET', routes.matrices);
    expect(after.matrices).toHaveLength(before.matrices.length);
  });

  it('that fail are tried again, then given up with the reason', async () => {
    const { hello, devices } = lane();
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
    const error = { code: 'disk-full', message: 'No room for the engine: free 2 GB.' };
    for (let index = 0; index < 5; index += 1) {
      const { trialId, attempt } = await agent.trial(index);
      expect(attempt).toBe(index + 1);
      agent.send({ type: 'trial.failed', trialId, attempt, error, retry: true });
    }
    const document = await ended(matrix.id);
    expect(document.trials[0]).toMatchObject({ state: 'failed', attempt: 5, error });
    const { results } = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${matrix.id}`);
    expect(results).toMatchObject([{ verdict: 'not-measured', reasons: [{ id: 'disk-full' }], times: null }]);
  });

  it('that can never work are tried once, and end alone', async () => {
    const { hello, devices } = lane();
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    const { matrix } = await api.submit({ models: [{ sha256: model }], batches: [1, 2], devices });
    const first = await agent.trial(0);
    const error = { code: 'unknown-operator', message: 'Operator Foo is unknown.' };
    agent.send({ type: 'trial.failed', trialId: first.trialId, attempt: first.attempt, error, retry: false });
    await agent.report(await agent.trial(1));
    const document = await ended(matrix.id);
    expect(document.trials.map((trial) => trial.state).sort()).toEqual(['done', 'failed']);
    expect(agent.assigned).toHaveLength(2);
  });

  it('take priority 1 before 5 before 9', async () => {
    const { hello, devices } = lane();
    const names = new Map<string, string>();
    const submit = async (name: string, priority: number) => {
      const { trials } = await api.submit({ name, priority, models: [{ sha256: model }], devices });
      for (const trial of trials) names.set(trial.id, name);
    };
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    await submit('first', 9);
    const busy = await agent.trial(0);
    await submit('late', 9);
    await submit('plain', 5);
    await submit('urgent', 1);
    await waitFor(async () => (await api.ok<{ trials: unknown[] }>('GET', routes.trials)).trials.length >= 4, 'trials');
    await new Promise((resolve) => setTimeout(resolve, 300));
    agent.manner = 'measure';
    await agent.report(busy);
    await agent.trial(3);
    expect(agent.assigned.map((trial) => names.get(trial.trialId))).toEqual(['first', 'urgent', 'plain', 'late']);
  });

  it('come one at a time to a slot, whatever its runtimes', async () => {
    const own = { ...slotOfClass(`CPU ${randomUUID()}`), runtimes: [runtimeProbe(), runtimeProbe({ name: 'null' })] };
    const agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    const devices = { classes: [own.deviceClass], runtimes: ['scripted', 'null'] };
    const { matrix } = await api.submit({ models: [{ sha256: model }], batches: [1, 2, 3], devices });
    expect(matrix.progress.total).toBe(6);
    for (let index = 0; index < 6; index += 1) {
      const trial = await agent.trial(index);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(agent.assigned).toHaveLength(index + 1);
      await agent.report(trial);
    }
    await ended(matrix.id);
  });

  it('are seen at their agents while they run, and agents are seen to come and go', async () => {
    const { hello, devices, slot: own } = lane();
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    await api.submit({ models: [{ sha256: model }], devices });
    const { trialId, attempt } = await agent.trial();
    await new Promise((resolve) => setTimeout(resolve, 3500));
    const find = async () => {
      const { agents } = await api.ok<{ agents: AgentDocument[] }>('GET', routes.agents);
      return agents.find((entry) => entry.id === agent.agentId)!;
    };
    expect(await find()).toMatchObject({ state: 'connected', slots: [{ running: { trialId, attempt } }] });
    const { deviceClasses } = await api.ok<{ deviceClasses: DeviceClassDocument[] }>('GET', routes.deviceClasses);
    const ofClass = deviceClasses.find((entry) => entry.deviceClass === own.deviceClass);
    expect(ofClass).toMatchObject({ connectedSlots: 1, noiseFloor: 0.01, architecture: 'x86-64' });
    agent.cut();
    await waitFor(async () => (await find()).state === 'lost', 'the agent to be missed');
  });

  it('whose record is of another cell are refused', async () => {
    const { hello, devices } = lane();
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    await api.submit({ models: [{ sha256: model }], devices });
    const trial = await agent.trial();
    const other = trialRecord({ spec: { ...trial.spec, deviceClass: deviceClassOf(cpuDevice()) } });
    await expect(agent.report(trial, other)).rejects.toThrow('result-mismatch');
    expect((await agent.report(trial)).accepted).toBe(true);
  });
});

const emptyTelemetry = {
  atMs: 0,
  smClockMhz: null,
  memoryClockMhz: null,
  cpuClockMhz: null,
  temperatureC: null,
  powerW: null,
  utilization: null,
  throttle: [],
  cpuSteal: null,
  otherLoad: null,
};
