import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routes, type MatrixDocument, type TrialDocument } from '@octet/protocol';
import { freePort } from '@octet/services';
import { temporaryFolder } from '@octet/testing';
import { packageModels } from '../../../examples/package-models.js';
import { processesOf, until, type Running } from './processes.js';

const root = join(import.meta.dirname, '../../..');
const bin = join(root, 'bin', 'octet.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Times short enough for a test to see a lost agent or controller made good. */
const quick = {
  OCTET_HEARTBEAT_MS: '1000',
  OCTET_AGENT_GRACE_MS: '5000',
  OCTET_LOCK_MS: '4000',
  OCTET_STALLED_MS: '2000',
};

/** `octet up` as a user starts it: the built programs, in a folder of their own. */
export class WholeOctet {
  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly up: ChildProcess,
    private readonly env: NodeJS.ProcessEnv,
    private readonly said: string[],
  ) {}

  static async start(changes: Record<string, string> = {}): Promise<WholeOctet> {
    if (!existsSync(join(root, 'dist/apps/cli'))) throw new Error('build first: npm run build');
    const env = { ...cleanEnvironment(), ...quick, OCTET_CPU_THREADS: '1', ...changes };
    return WholeOctet.startIn(await temporaryFolder('octet-e2e-'), await freePort(), env);
  }

  /** After a death: the same folder and port. */
  startAgain(): Promise<WholeOctet> {
    return WholeOctet.startIn(this.folder, this.port, this.env);
  }

  private static async startIn(folder: string, port: number, env: NodeJS.ProcessEnv): Promise<WholeOctet> {
    const up = spawn(process.execPath, [bin, 'up', '--port', String(port)], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [up.stdout, up.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const octet = new WholeOctet(folder, port, up, env, said);
    await until('octet is up', () => {
      if (up.exitCode !== null) throw new Error(`octet up ended: ${said.join('')}`);
      return said.join('').includes('Octet is up') ? true : null;
    });
    await until('an agent is connected', async () => {
      const { agents } = await octet.get<{ agents: { state: string }[] }>(routes.agents);
      return agents.some((agent) => agent.state === 'connected') ? true : null;
    });
    return octet;
  }

  get output(): string {
    return this.said.join('');
  }

  /** Runs a command of the CLI in the same folder. */
  cli(...args: string[]): Promise<Ended> {
    return runCli(this.folder, args, this.env);
  }

  async get<T>(path: string): Promise<T> {
    const token = (await readFile(join(this.folder, '.octet/admin.token'), 'utf8')).trim();
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  matrix(id: string): Promise<MatrixDocument> {
    return this.get(routes.matrix(id));
  }

  trial(id: string): Promise<TrialDocument> {
    return this.get(routes.trial(id));
  }

  processes(): Running[] {
    return processesOf(this.folder);
  }

  /** Processes of one part: `apps/agent`, `apps/controller`, `redis-server`, `trial-worker`, `measuring-process`. */
  pids(part: string): number[] {
    return this.processes().flatMap(({ pid, command }) =>
      command.includes(part) && !command.startsWith('sh ') ? [pid] : [],
    );
  }

  /** A connection string for looking into the embedded database. */
  async databaseUrl(): Promise<string> {
    const password = (await readFile(join(this.folder, '.octet/postgres.password'), 'utf8')).trim();
    const server = this.processes().find(({ command }) => command.includes('/bin/postgres -D'));
    const port = / -p (\d+) /.exec(server?.command ?? '')?.[1];
    return `postgresql://octet:${password}@127.0.0.1:${port}/octet`;
  }

  /** Ctrl-C; resolves to the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.up.exitCode !== null || this.up.signalCode !== null) return this.up.exitCode;
    const ended = new Promise<number | null>((resolve) => this.up.once('close', resolve));
    this.up.kill('SIGINT');
    return ended;
  }

  /** After a test, however it went. */
  async dispose(): Promise<void> {
    if (this.up.exitCode === null && this.up.signalCode === null) {
      this.up.kill('SIGTERM');
      this.up.kill('SIGTERM');
    }
    await until('everything has ended', () => (this.processes().length === 0 ? true : null));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs a command of the built CLI to its end. */
export function runCli(folder: string, args: string[], env: NodeJS.ProcessEnv = cleanEnvironment()): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env });
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
    child.once('close', (code) => resolve({ ...ended, code }));
  });
}

/** The embedded services are what is tested: nothing of the tester's own surroundings replaces them. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(OCTET_|DATABASE_URL|REDIS_URL|NODE_OPTIONS|VITEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** A matrix of small real models: a wake word and handwritten digits, one device, a few seconds each. */
export async function smallMatrix(folder: string, name: string, changes = ''): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  const models = packageModels();
  const text = `
name: ${name}
models:
  - { path: ${models['wake-word.onnx']} }
  - { path: ${join(root, 'examples/models/mnist-cnn.onnx')} }
  - { path: ${models['ocr-direction.onnx']}, shapes: [{ x: [batch, 3, 48, 192] }] }
batches: [1]
variants: [fp32, int8]
devices: { runtimes: [onnxruntime] }
measure: { maxSeconds: 4, minRounds: 9 }
${changes}`;
  await writeFile(path, text);
  return path;
}
