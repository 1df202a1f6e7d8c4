import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctetError } from '@octet/domain';
import { routes } from '@octet/protocol';
import { startGuarded, type GuardedProcess } from '@octet/services';
import { builtEntry } from './project.js';

export interface ProgramOptions {
  app: 'controller' | 'agent';
  env: NodeJS.ProcessEnv;
  dataDir: string;
  /** Every line that the program prints. */
  onLine: (line: string) => void;
}

/** A file for what a program prints, begun anew with each `octet up`. */
export function logFile(dataDir: string, name: string): (line: string) => void {
  const stream = createWriteStream(join(dataDir, 'logs', `${name}.log`), { mode: 0o600 });
  stream.on('error', () => undefined);
  return (line) => void stream.write(`${line}\n`);
}

/** Starts a built app under Node; it is killed when this process dies. */
export async function startProgram(options: ProgramOptions): Promise<GuardedProcess & { lastLines: string[] }> {
  const lastLines: string[] = [];
  const child = await startGuarded({
    command: process.execPath,
    args: ['--enable-source-maps', builtEntry(options.app)],
    stopSignal: 'SIGTERM',
    deathSignal: 'SIGKILL',
    user: null,
    env: options.env,
    cwd: process.cwd(),
    onLine: (line) => {
      lastLines.push(line);
      if (lastLines.length > 15) lastLines.shift();
      options.onLine(line);
    },
  });
  return { ...child, lastLines };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url + routes.ready, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** The controller, ready to answer. @throws OctetError `controller-failed` with its own last words. */
export async function startController(options: ProgramOptions, url: string): Promise<GuardedProcess> {
  const controller = await startProgram(options);
  let ended = false;
  void controller.exited.then(() => (ended = true));
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(50)) {
    if (await isReady(url)) return controller;
    if (ended) break;
  }
  await controller.stop(1_000);
  throw new OctetError('controller-failed', `The controller did not start:\n${controller.lastLines.join('\n')}`);
}
