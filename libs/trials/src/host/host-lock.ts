import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctetError } from '@octet/domain';
import { isAlive, startOf } from './process-life.js';

/**
 * What a holder does: preparing and building may go on side by side; so may measurements on devices of their own (GPUs);
 * never both kinds at once. A measurement on the CPU stands alone.
 */
export type HostWork = 'prepare' | 'measure' | 'measure-alone';

/** Host-wide agreement, over all processes of this machine, on who works now. */
export interface HostLock {
  /** Resolves once the work may begin, to the function that ends it. Rejects with `engine-cancelled` on the signal. */
  acquire(work: HostWork, signal: AbortSignal): Promise<() => void>;
}

const pattern = /^(prepare|measure|measure-alone)\.(\d+)\.(\d+)\.[0-9a-f]+$/;

/** For operators who allow building beside measuring. */
export const noHostLock: HostLock = { acquire: () => Promise.resolve(() => undefined) };

/** Where all programs of this host meet; the same for every user. */
export function defaultLockFolder(): string {
  return join(tmpdir(), 'octet-host-lock');
}

/**
 * A lock of files: each holder is a file that names its process, so the holds of dead processes (kill -9 included) count no
 * more. A holder first writes its file and then looks: of two that come together at least one sees the other and steps back.
 */
export function hostLock(folder = defaultLockFolder()): HostLock {
  return {
    acquire: async (work, signal) => {
      openFolder(folder);
      for (;;) {
        if (signal.aborted) throw new OctetError('engine-cancelled', 'Cancelled while waiting for this host.');
        const release = tryAcquire(folder, work);
        if (release !== null) return release;
        await sleep(20 + Math.random() * 100);
      }
    },
  };
}

function tryAcquire(folder: string, work: HostWork): (() => void) | null {
  const own = `${work}.${process.pid}.${startOf(process.pid)}.${randomBytes(6).toString('hex')}`;
  const path = join(folder, own);
  if (holders(folder, own).some((other) => conflicts(work, other))) return null;
  writeFileSync(path, '');
  const release = (): void => rmSync(path, { force: true });
  if (!holders(folder, own).some((other) => conflicts(work, other))) return release;
  release();
  return null;
}

function conflicts(work: HostWork, other: HostWork): boolean {
  return work !== other || work === 'measure-alone';
}

/** What living processes hold; files of dead ones are removed. */
function holders(folder: string, own: string): HostWork[] {
  return readdirSync(folder).flatMap((name) => {
    const match = pattern.exec(name);
    if (match === null || name === own) return [];
    const [, work, pid, start] = match;
    if (isAlive(Number(pid)) && startOf(Number(pid)) === start) return [work as HostWork];
    rmSync(join(folder, name), { force: true });
    return [];
  });
}

function openFolder(folder: string): void {
  try {
    // Sticky and open to all users, as /tmp itself is: agents of two users share one host.
    mkdirSync(folder, { recursive: true, mode: 0o1777 });
  } catch (cause) {
    const message = `The host lock can't use ${folder}. Make it a folder that this user may write to.`;
    throw new OctetError('host-lock-unusable', message, { cause });
  }
}
