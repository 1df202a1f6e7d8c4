import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@octet/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { script, spec, startAgent, until, type AgentProcess } from './agent-bed.js';
import { FakeController } from './fake-controller.js';

let folder: string;
let controller: FakeController;
let agents: AgentProcess[];

beforeEach(async () => {
  [folder, controller, agents] = [await temporaryFolder(), await FakeController.start(), []];
});
afterEach(async () => {
  for (const { child, ended } of agents) {
    child.kill('SIGKILL');
    await ended;
  }
  await controller.stop();
  await rm(folder, { recursive: true, force: true });
});

async function agent(changes: Record<string, string> = {}, roundMs?: number): Promise<AgentProcess> {
  const started = await startAgent(folder, controller, changes, roundMs);
  agents.push(started);
  return started;
}

function assign(trialId: string, attempt = 1, changes: Parameters<typeof spec>[0] = {}): void {
  controller.send({ type: 'trial.assigned', trialId, attempt, slotId: 'cpu', spec: spec(changes), noiseFloor: 0.01 });
}

const said = (process: AgentProcess, what: string): Promise<void> => until(what, () => process.output().includes(what));
const hello = (count = 1): Promise<void> => until('hello', () => controller.ofType('hello').length >= count);
const inRounds = (): Promise<void> =>
  until('rounds', () => controller.ofType('trial.progress').some(({ progress }) => progress.phase === 'rounds'));
const spooled = (): Promise<string[]> =>
  readdir(join(folder, 'agent/spool')).then((names) => names.filter((name) => name.endsWith('.gz')));

test('announces itself, runs a trial, delivers the record and deletes its copy', async () => {
  const { child } = await agent();
  await hello();
  const [first] = controller.ofType('hello');
  expect(first).toMatchObject({ name: 'agent under test', running: [], spooled: [], slots: [{ slotId: 'cpu' }] });
  expect(first?.slots[0]?.runtimes.map((runtime) => runtime.name)).toEqual(['scripted']);
  assign('one');
  await until('a result', () => controller.results.length > 0);
  const [result] = controller.results;
  expect(result).toMatchObject({ trialId: 'one', attempt: 1, agentId: first?.agentId });
  expect(result?.record.rounds[0]?.samples['fp32']).toEqual(
    script(0).engines.fp32.latenciesNs.concat(2e6, 2e6 + 1, 2e6, 2e6 + 1, 2e6, 2e6 + 1, 2e6, 2e6 + 1),
  );
  expect(controller.ofType('trial.accepted')).toHaveLength(1);
  while ((await spooled()).length > 0) await sleep(20);
  expect(child.exitCode).toBeNull();
});

test('its id stays the same over restarts', async () => {
  const first = await agent();
  await hello();
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  await agent();
  await hello(2);
  const [one, two] = controller.ofType('hello');
  expect(two?.agentId).toBe(one?.agentId);
});

describe('a lost connection', () => {
  test('during a trial: it measures on, names the trial when it is back, and delivers', async () => {
    await agent({}, 100);
    await hello();
    assign('one');
    await inRounds();
    controller.cut();
    await hello(2);
    expect(controller.ofType('hello')[1]?.running).toEqual([{ slotId: 'cpu', trialId: 'one', attempt: 1 }]);
    await until('a result', () => controller.results.length > 0);
  });

  test('at the end of a trial: the result waits on disk and is delivered when the controller is back', async () => {
    await agent({}, 30);
    await hello();
    assign('one');
    await inRounds();
    controller.kill();
    while ((await spooled()).length === 0) await sleep(20);
    await sleep(300);
    expect(controller.results).toEqual([]);
    controller.revive();
    await until('a result', () => controller.results.length > 0);
  });

  test('and death of the agent: its next life delivers what the first had spooled', async () => {
    controller.onResult = () => [503, {}];
    const first = await agent();
    await hello();
    assign('one');
    while ((await spooled()).length === 0) await sleep(20);
    await until('a try', () => controller.results.length > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    controller.onResult = () => [200, { accepted: true, reason: 'accepted' }];
    await agent();
    await hello(2);
    expect(controller.ofType('hello')[1]?.spooled).toEqual([{ trialId: 'one', attempt: 1 }]);
    while ((await spooled()).length > 0) await sleep(20);
  });
});

test('a result that the controller refuses for good is set aside, and the trial fails', async () => {
  controller.onResult = () => [
    422,
    { schemaVersion: 1, error: { code: 'result-invalid', message: 'rounds: too many' } },
  ];
  await agent();
  await hello();
  assign('one');
  await until('a failure', () => controller.ofType('trial.failed').length > 0);
  expect(controller.ofType('trial.failed')[0]).toMatchObject({ error: { code: 'result-invalid' }, retry: false });
  expect(await readdir(join(folder, 'agent/spool/rejected'))).toEqual(['one.1.json.gz']);
});

test('a refused result that cannot be set aside stays in the spool until it can', async () => {
  controller.onResult = () => [422, { schemaVersion: 1, error: { code: 'result-invalid', message: 'no' } }];
  const process = await agent();
  await hello();
  const rejected = join(folder, 'agent/spool/rejected');
  await writeFile(rejected, 'a file where the folder belongs');
  assign('one');
  await said(process, "can't be set aside");
  expect(controller.ofType('trial.failed')).toEqual([]);
  expect(await spooled()).toEqual(['one.1.json.gz']);
  await rm(rejected);
  await until('a failure', () => controller.ofType('trial.failed').length > 0);
  expect(await readdir(rejected)).toEqual(['one.1.json.gz']);
});

test('a cancelled trial stops and delivers nothing; the slot takes the next one', async () => {
  const process = await agent({}, 200);
  await hello();
  assign('one');
  await inRounds();
  controller.send({ type: 'trial.cancel', trialId: 'one', attempt: 1, reason: 'by the user' });
  await until('stopped', () => process.output().includes('trial one stops: cancelled'));
  assign('two', 1, { plan: { threshold: 1.05, halfWidth: 0.5, minRounds: 1, maxSeconds: 1 } });
  await until('a result', () => controller.results.length > 0, 30_000);
  expect(controller.results.map((result) => result.trialId)).toEqual(['two']);
});

describe('SIGTERM', () => {
  test('finishes the trial, delivers, ends with 0', async () => {
    const { child, ended } = await agent({}, 50);
    await hello();
    assign('one');
    await inRounds();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(controller.results.map((result) => result.trialId)).toEqual(['one']);
  });

  test.each([
    ['twice', {}, 2],
    ['once, when the drain time is over', { OCTET_DRAIN_MS: '100' }, 1],
  ])('%s hands the trial back and ends with 0', async (_, changes, times) => {
    const { child, ended } = await agent(changes, 2_000);
    await hello();
    assign('one');
    await until('accepted', () => controller.ofType('trial.accepted').length > 0);
    await inRounds();
    for (let count = 0; count < times; count += 1) {
      child.kill('SIGTERM');
      await sleep(100);
    }
    expect(await ended).toBe(0);
    expect(controller.ofType('trial.handback')).toMatchObject([{ trialId: 'one', attempt: 1 }]);
    expect(controller.results).toEqual([]);
  });

  test('with no controller in sight ends all the same', async () => {
    const process = await agent();
    await hello();
    controller.kill();
    process.child.kill('SIGTERM');
    expect(await process.ended).toBe(0);
  });
});

describe('what is wrong is said', () => {
  test('a wrong token: it says so and goes on trying', async () => {
    const process = await agent({ OCTET_AGENT_TOKEN: 'not-the-right-token' });
    await said(process, 'does not take this token');
    expect(process.child.exitCode).toBeNull();
  });

  test.each([
    ['a missing token file', { OCTET_AGENT_TOKEN: '', OCTET_AGENT_TOKEN_FILE: '/no/such/file' }, 'OCTET_AGENT_TOKEN'],
    ['an unknown runtime', { OCTET_RUNTIMES: 'onnx' }, 'OCTET_RUNTIMES'],
    ['made-up devices for a real runtime', { OCTET_RUNTIMES: 'onnxruntime' }, 'OCTET_DEVICES makes devices up'],
    ['a bad script', { OCTET_SCRIPT: '/dev/null' }, 'no JSON'],
  ])('%s ends it with 1', async (_, changes, words) => {
    const process = await agent(changes);
    expect(await process.ended).toBe(1);
    expect(process.output()).toContain(words);
  });

  test('a model that the controller has not: the trial fails with its words', async () => {
    // Real runtime, real devices: nothing is played, so the model is fetched.
    const process = await startAgent(folder, controller, { OCTET_RUNTIMES: 'onnxruntime', OCTET_DEVICES: '' });
    agents.push(process);
    await hello();
    const [slot] = controller.ofType('hello')[0]?.slots ?? [];
    assign('one', 1, { runtime: 'onnxruntime', deviceClass: slot?.deviceClass ?? '' });
    await until('a failure', () => controller.ofType('trial.failed').length > 0);
    expect(controller.ofType('trial.failed')[0]).toMatchObject({ error: { code: 'not-found' }, retry: false });
  });
});

test('bytes that are no ONNX model fail in a process of their own; the agent goes on', async () => {
  const process = await startAgent(folder, controller, { OCTET_RUNTIMES: 'onnxruntime', OCTET_DEVICES: '' });
  agents.push(process);
  await hello();
  const sha256 = controller.store(Buffer.from('this is no model'));
  const [slot] = controller.ofType('hello')[0]?.slots ?? [];
  const changes = {
    runtime: 'onnxruntime' as const,
    deviceClass: slot?.deviceClass ?? '',
    model: { name: 'm', sha256 },
  };
  assign('one', 1, changes);
  await until('an outcome', () => controller.ofType('trial.failed').length + controller.results.length > 0, 60_000);
  const [failed] = controller.ofType('trial.failed');
  expect(failed?.retry).toBe(false);
  expect(process.child.exitCode).toBeNull();
  const cached = join(folder, 'agent/models', sha256, 'files/model.onnx');
  expect((await stat(cached)).size).toBe('this is no model'.length);
});

test('damaged bytes are refused: nothing is measured on another model than was asked for', async () => {
  const process = await startAgent(folder, controller, { OCTET_RUNTIMES: 'onnxruntime', OCTET_DEVICES: '' });
  agents.push(process);
  await hello();
  const sha256 = controller.store(Buffer.from('the right bytes'));
  controller.blobs.set(sha256, Buffer.from('the wrong bytes'));
  assign('one', 1, { runtime: 'onnxruntime', model: { name: 'm', sha256 } });
  await until('a failure', () => controller.ofType('trial.failed').length > 0);
  expect(controller.ofType('trial.failed')[0]).toMatchObject({ error: { code: 'blob-damaged' } });
});

test('a folder that it may not write to ends it with a clear message', async () => {
  await writeFile(join(folder, 'in-the-way'), '');
  const process = await agent({ OCTET_AGENT_DATA_DIR: join(folder, 'in-the-way', 'data') });
  expect(await process.ended).toBe(1);
  expect(process.output()).toContain('Set OCTET_AGENT_DATA_DIR');
});
