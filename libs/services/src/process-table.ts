import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessEntry {
  name: string;
  parent: number;
  zombie: boolean;
}

/** Name, parent and state of a process; null when there is none. Reads /proc, or asks ps where there is no /proc. */
export function processEntry(pid: number): ProcessEntry | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform === 'linux' ? null : fromPs(pid);
  }
}

/** The name stands in brackets and may hold brackets and spaces itself: cut at the last one. */
export function parseStat(stat: string): ProcessEntry | null {
  const match = /^\d+ \((.*)\) (\S) (\d+) /s.exec(stat);
  if (match === null) return null;
  return { name: match[1] ?? '', zombie: match[2] === 'Z' || match[2] === 'X', parent: Number(match[3]) };
}

function fromPs(pid: number): ProcessEntry | null {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,stat=,comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [parent, state, ...name] = line.split(/\s+/);
    return {
      name: (name.join(' ').split('/').pop() ?? '').trim(),
      parent: Number(parent),
      zombie: state?.startsWith('Z') === true,
    };
  } catch {
    return null;
  }
}

/** True while a process of that name (as the kernel has it, 15 characters at most) lives under that number. */
export function isRunning(pid: number, name: string): boolean {
  const entry = processEntry(pid);
  return entry !== null && !entry.zombie && entry.name === name.slice(0, 15);
}

/** When a process began, in the kernel's own count: tells it from a later one with the same number. */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return 'unknown';
  }
}
