import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import { runTool, type RunTool } from '@octet/hardware';
import { isAlive, startOf } from './process-life.js';

/** Clocks of a GPU held at one frequency until `release`. */
export interface ClockLock {
  mhz: number;
  release(): Promise<void>;
}

export interface ClockLockOptions {
  run?: RunTool;
  /** What undoes a lock when it is called with `-i UUID --reset-gpu-clocks`. */
  command?: string;
  /** Where leases lie: what a dead guardian left behind is undone by the next program. */
  folder?: string;
}

/** Share of the highest clock that a card holds under load without throttling, where it does not tell a default. */
const holdableShare = 0.75;

/**
 * Locks the SM clock. Always undone: by `release`; by a guardian process (of its own session) as soon as this process is gone,
 * however it ended; and if the guardian went too, by the next program that calls `undoAbandonedLocks`.
 *
 * @throws OctetError `clock-lock-refused` where the driver does not permit it; nothing is locked then.
 */
export async function lockClocks(
  uuid: string,
  wanted: number | 'default',
  options: ClockLockOptions = {},
): Promise<ClockLock> {
  const { run = runTool, command = 'nvidia-smi', folder = leaseFolder() } = options;
  const mhz = wanted === 'default' ? await holdableClock(uuid, run) : wanted;
  const guardian = startGuardian(uuid, command);
  const lease = writeLease(folder, uuid, guardian);
  const release = async (): Promise<void> => {
    await endGuardian(guardian);
    rmSync(lease, { force: true });
  };
  const answer = (await run(command, ['-i', uuid, `--lock-gpu-clocks=${mhz},${mhz}`])) ?? 'nvidia-smi is not there';
  if (/clocks set to/i.test(answer)) return { mhz, release };
  await release();
  throw new OctetError(
    'clock-lock-refused',
    `The clocks could not be locked (${answer.trim().split('\n')[0] ?? ''}): run as root or with the capability SYS_ADMIN, or measure without --lock-clocks.`,
  );
}

/** Undoes locks whose guardian is gone as well (the machine's power failed, a container was killed). Resolves to their GPUs. */
export async function undoAbandonedLocks(options: ClockLockOptions = {}): Promise<string[]> {
  const { run = runTool, command = 'nvidia-smi', folder = leaseFolder() } = options;
  const undone: string[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const lease = readLease(path);
    if (lease === null || (isAlive(lease.pid) && startOf(lease.pid) === lease.start)) continue;
    await run(command, ['-i', lease.uuid, '--reset-gpu-clocks']);
    rmSync(path, { force: true });
    undone.push(lease.uuid);
  }
  return undone;
}

function leaseFolder(): string {
  return join(tmpdir(), 'octet-clock-locks');
}

/** Waits for the end of its input, which comes when this process is gone, whatever ended it; then undoes the lock. */
function startGuardian(uuid: string, command: string): ChildProcess {
  const script = 'trap "" INT TERM HUP; cat >/dev/null; exec "$0" -i "$1" --reset-gpu-clocks';
  const guardian = spawn('/bin/sh', ['-c', script, command, uuid], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.once('error', () => undefined);
  guardian.stdin?.once('error', () => undefined);
  guardian.unref();
  return guardian;
}

function endGuardian(guardian: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (guardian.exitCode !== null || guardian.signalCode !== null || guardian.pid === undefined) return resolve();
    guardian.ref();
    guardian.once('exit', () => resolve());
    guardian.stdin?.end();
  });
}

interface Lease {
  uuid: string;
  /** The guardian's, with its start, since numbers are used again. */
  pid: number;
  start: string;
}

function writeLease(folder: string, uuid: string, guardian: ChildProcess): string {
  mkdirSync(folder, { recursive: true, mode: 0o1777 });
  const pid = guardian.pid ?? 0;
  const path = join(folder, `${uuid.replaceAll(/[^\w-]/g, '_')}.${pid}.json`);
  writeFileSync(path, JSON.stringify({ uuid, pid, start: startOf(pid) } satisfies Lease));
  return path;
}

function readLease(path: string): Lease | null {
  try {
    const lease = JSON.parse(readFileSync(path, 'utf8')) as Partial<Lease>;
    const { uuid, pid, start } = lease;
    return typeof uuid === 'string' && /^[\w-]+$/.test(uuid) && typeof pid === 'number' && typeof start === 'string'
      ? { uuid, pid, start }
      : null;
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

/** The default application clock where it lies below the highest one, else a share of that. */
async function holdableClock(uuid: string, run: RunTool): Promise<number> {
  const fields = 'clocks.default_applications.graphics,clocks.max.sm';
  const answer = await run('nvidia-smi', ['-i', uuid, `--query-gpu=${fields}`, '--format=csv,noheader,nounits']);
  const [own = Number.NaN, most = Number.NaN] = (answer ?? '').trim().split(',').map(Number);
  if (Number.isFinite(own) && own > 0 && !(own >= most)) return Math.round(own);
  if (Number.isFinite(most) && most > 0) return Math.round(most * holdableShare);
  throw new OctetError(
    'clock-lock-refused',
    'The GPU does not tell its clocks: give --lock-clocks a frequency in MHz.',
  );
}
