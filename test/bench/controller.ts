import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildModel, modelBytes } from '@octet/onnx';
import { routes, type MatrixDocument } from '@octet/protocol';
import { cpuDevice, runtimeProbe, slot, startTestServers, type TestServers } from '@octet/testing';
import Bull from 'bull';
import { ScriptedAgent } from '../medium/controller/bed/scripted-agent.js';
import { waitFor } from '../medium/controller/bed/wait-for.js';
import type { Bench, BenchOutcome } from './bench.js';
import { adminToken, agentToken, call, ended, needBuilt, startController } from './built-controller.js';

const trials = 1000;
const agents = 10;
const slotsOfAgent = 4;
const restMs = 5000;
const mostMemoryMb = 150;
const mostStartMs = 5000;
const agentProgram = fileURLToPath(new URL('../../dist/apps/agent/apps/agent/src/main.js', import.meta.url));

/** Controller and agent by themselves: start, memory at rest, and what a trial costs beside Bull's own job. */
export const controllerBench: Bench = {
  name: 'controller',
  aim: `at most ${mostStartMs / 1000} s from start to ready and ${mostMemoryMb} MB at rest (controller, agent); trials a second beside bare Bull`,
  run: measureController,
};

async function measureController(print: (line: string) => void): Promise<BenchOutcome> {
  needBuilt(agentProgram);
  const folder = await mkdtemp(join(tmpdir(), 'octet-bench-'));
  const servers = await startTestServers({});
  try {
    return await measureWith(servers, folder, print);
  } finally {
    await servers.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureWith(servers: TestServers, folder: string, print: (line: string) => void): Promise<BenchOutcome> {
  const first = await startController(servers, folder);
  await first.stop();
  const controller = await startController(servers, folder);
  print(`start to ready: ${controller.startMs} ms (with an empty database to migrate: ${first.startMs} ms)`);
  try {
    await sleep(restMs);
    const restMb = memoryMb(controller.process);
    print(`memory at rest: ${restMb} MB`);
    const bare = await bareBullRate(servers.redisUrl);
    const rate = await trialRate(controller.url);
    print(
      `${trials} trials, ${agents * slotsOfAgent} slots of ${agents} agents that answer at once: ${rate.toFixed(0)} trials/s`,
    );
    print(`bare Bull, as many jobs and consumers: ${bare.toFixed(0)} jobs/s; ratio ${(rate / bare).toFixed(3)}`);
    print(`memory after the load: ${memoryMb(controller.process)} MB`);
    const agentMb = await agentMemoryMb(controller.url, folder);
    print(`memory of an agent at rest: ${agentMb} MB`);
    const memoryHolds = Math.max(restMb, agentMb) <= mostMemoryMb;
    return controller.startMs <= mostStartMs && memoryHolds ? 'reached' : 'missed';
  } finally {
    await controller.stop();
  }
}

/** A real agent, connected and waiting. */
async function agentMemoryMb(url: string, folder: string): Promise<number> {
  const name = 'bench-agent';
  const child = spawn(process.execPath, [agentProgram], {
    env: {
      PATH: process.env['PATH'],
      OCTET_CONTROLLER_URL: url,
      OCTET_AGENT_TOKEN: agentToken,
      OCTET_AGENT_DATA_DIR: join(folder, 'agent'),
      OCTET_AGENT_NAME: name,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const connected = () =>
      fetch(url + routes.agents, { headers: { authorization: `Bearer ${adminToken}` } })
        .then((answer) => answer.text())
        .then((text) => text.includes(name));
    await waitFor(connected, 'the agent to connect', 60_000);
    await sleep(restMs);
    return memoryMb(child);
  } finally {
    await ended(child);
  }
}

/** Resident set in MB (10^6 bytes), as the kernel counts it. */
function memoryMb(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round((Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6);
}

/** Jobs a second: added in bulk, taken by as many consumers as there are slots, a handler that does nothing. */
async function bareBullRate(redisUrl: string): Promise<number> {
  const queue = new Bull('bare', redisUrl, { prefix: 'bare' });
  let done = 0;
  const began = performance.now();
  await queue.addBulk(
    Array.from({ length: trials }, (_, index) => ({ data: { index }, opts: { priority: 5, removeOnComplete: true } })),
  );
  queue.process(agents * slotsOfAgent, async () => void done++).catch(() => undefined);
  await waitFor(() => done === trials, 'the bare jobs', 120_000);
  const seconds = (performance.now() - began) / 1000;
  await queue.close();
  return trials / seconds;
}

/** Trials a second from submit to the last accepted result, records, samples, verdicts and history included. */
async function trialRate(url: string): Promise<number> {
  const model = await uploadModel(url);
  const device = cpuDevice({ name: 'bench' });
  const offered = Array.from({ length: slotsOfAgent }, (_, index) =>
    slot({ slotId: `slot-${index}`, device, runtimes: [runtimeProbe()] }),
  );
  const fleet = Array.from(
    { length: agents },
    (_, index) => new ScriptedAgent({ url, token: agentToken, agentId: `bench-${index}`, hello: { slots: offered } }),
  );
  for (const agent of fleet) await agent.connect();
  const began = performance.now();
  const { matrix } = await call<MatrixDocument>(url, 'POST', routes.matrices, {
    models: [{ sha256: model }],
    batches: Array.from({ length: trials }, (_, index) => index + 1),
    variants: ['fp32', 'int8'],
    devices: { classes: [offered[0]?.deviceClass], runtimes: ['scripted'] },
  });
  const taken = () => fleet.reduce((sum, agent) => sum + agent.acceptedResults, 0);
  await waitFor(() => taken() >= trials, 'the trials', 300_000);
  const seconds = (performance.now() - began) / 1000;
  const end = await call<MatrixDocument>(url, 'GET', routes.matrix(matrix.id));
  if (end.matrix.progress.done !== trials) throw new Error(`only ${end.matrix.progress.done} trials are done`);
  for (const agent of fleet) agent.cut();
  return trials / seconds;
}

async function uploadModel(url: string): Promise<string> {
  const model = buildModel({
    inputs: [{ name: 'x', shape: ['N', 4] }],
    outputs: [{ name: 'y', shape: ['N', 4] }],
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  });
  const content = modelBytes(model.proto);
  const sha256 = createHash('sha256').update(content).digest('hex');
  await call(url, 'PUT', routes.blob(sha256), content);
  const files = [{ path: 'bench.onnx', sha256, sizeBytes: content.length }];
  await call(url, 'POST', routes.models, { name: 'bench', sha256, files });
  return sha256;
}
