import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Running {
  pid: number;
  command: string;
}

function look(pid: number, folder: string): Running | null {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8');
    if (/\) [ZX] /.test(state)) return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const within = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) || command.includes(folder);
    return within ? { pid, command } : null;
  } catch {
    return null;
  }
}

/** Every living process that works in (or was given) that folder: whoever its parent is now. */
export function processesOf(folder: string): Running[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.flatMap((pid) => look(pid, folder) ?? []);
}

/** Resolves to the first answer that is not null. */
export async function until<T>(what: string, ask: () => T | null | Promise<T | null>, withinMs = 60_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(100);
  }
}
