import 'reflect-metadata';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuDevice, trialSpec } from '@octet/testing';
import { deviceClassOf, type TrialSpec } from '@octet/domain';
import { token, type FakeController } from './fake-controller.js';

const entry = join(import.meta.dirname, '../../../apps/agent/src/main.ts');
const device = cpuDevice();

/** Engines that play their times: a round takes `roundMs` of real time. */
export function script(roundMs: number) {
  const engine = (ns: number) => ({ latenciesNs: [ns, ns + 1], samplesPerRound: 10, roundMs });
  return { engines: { fp32: engine(2_000_000), '*': engine(1_000_000) } };
}

export const spec = (changes: Partial<TrialSpec> = {}): TrialSpec =>
  trialSpec({ deviceClass: deviceClassOf(device), runtime: 'scripted', ...changes });

export interface AgentProcess {
  child: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
}

/** The agent's own source in a process of its own, on simulated devices. */
export async function startAgent(
  folder: string,
  controller: FakeController,
  changes: Record<string, string> = {},
  roundMs = 5,
): Promise<AgentProcess> {
  await writeFile(join(folder, 'script.json'), JSON.stringify(script(roundMs)));
  await writeFile(join(folder, 'devices.json'), JSON.stringify([device]));
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    NO_COLOR: '1',
    TSX_TSCONFIG_PATH: join(import.meta.dirname, '../../../tsconfig.json'),
    OCTET_CONTROLLER_URL: controller.url,
    OCTET_AGENT_TOKEN: token,
    OCTET_AGENT_DATA_DIR: join(folder, 'agent'),
    OCTET_AGENT_NAME: 'agent under test',
    OCTET_RUNTIMES: 'scripted',
    OCTET_SCRIPT: join(folder, 'script.json'),
    OCTET_DEVICES: join(folder, 'devices.json'),
    OCTET_HOST_LOCK: 'off',
    ...changes,
  };
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], { env });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => said.join(''), ended };
}

export async function until(what: string, ask: () => boolean, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !ask(); await sleep(20)) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
  }
}
