import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { routes } from '@octet/protocol';
import { freePort } from '@octet/services';
import type { TestServers } from '@octet/testing';
import { waitFor } from '../medium/controller/bed/wait-for.js';

const controllerProgram = fileURLToPath(
  new URL('../../dist/apps/controller/apps/controller/src/main.js', import.meta.url),
);
const token = 'bench-token-0123456789abcdef';
export const adminToken = `${token}-admin`;
export const agentToken = `${token}-agent`;

export interface StartedController {
  url: string;
  startMs: number;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** @throws Error where one of them is not there. */
export function needBuilt(...files: readonly string[]): void {
  if (!files.every(existsSync)) throw new Error('Nothing is built: run `npm run build` first.');
}

/** The built controller in a process of its own, as `octet up` starts it; resolves when it says that it is ready. */
export async function startController(
  servers: TestServers,
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<StartedController> {
  needBuilt(controllerProgram);
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [controllerProgram], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      OCTET_PORT: String(port),
      OCTET_DATA_DIR: dataDir,
      OCTET_ADMIN_TOKEN: adminToken,
      OCTET_AGENT_TOKEN: agentToken,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    fetch(url + routes.ready).then(
      (answer) => answer.ok,
      () => false,
    );
  await waitFor(ready, 'the controller to be ready', 60_000);
  return { url, startMs: Math.round(performance.now() - began), process: child, stop: () => ended(child) };
}

/** Asks a process to end and waits for it. */
export async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** HTTP as an administrator. */
export async function call<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const binary = body instanceof Uint8Array;
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      'content-type': binary ? 'application/octet-stream' : 'application/json',
    },
    ...(body === undefined ? {} : { body: binary ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
