import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctetError } from '@octet/domain';
import { isRunning, processEntry } from './process-table.js';

/** First line of postmaster.pid and the whole of redis.pid: a process number. */
function pidIn(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

async function goneWithin(pid: number, name: string, ms: number): Promise<boolean> {
  const until = Date.now() + ms;
  while (isRunning(pid, name)) {
    if (Date.now() > until) return false;
    await sleep(25);
  }
  return true;
}

/**
 * Frees a data folder whose last owner died: a server that is still stopping is waited for, an orphan is stopped, a file
 * that names a dead process (or one that took the number since) is removed.
 * @throws OctetError `data-folder-in-use` when a living program owns the server.
 */
export async function releaseLock(path: string, serverName: string, waitMs = 5_000): Promise<void> {
  const pid = pidIn(path);
  if (pid !== null && !(await goneWithin(pid, serverName, waitMs))) {
    const parent = processEntry(pid)?.parent;
    if (parent !== 1) {
      throw new OctetError(
        'data-folder-in-use',
        `${serverName} (process ${pid}) already runs on this data folder for process ${parent}. Stop that one, or choose another folder with OCTET_DATA_DIR.`,
        { details: { path, pid } },
      );
    }
    process.kill(pid, 'SIGINT');
    if (!(await goneWithin(pid, serverName, 15_000))) {
      throw new OctetError(
        'data-folder-in-use',
        `${serverName} (process ${pid}) does not stop: end it with kill ${pid}.`,
      );
    }
  }
  rmSync(path, { force: true });
}
