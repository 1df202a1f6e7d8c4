import { readFileSync } from 'node:fs';

/**
 * Most memory that this process had resident, bytes. On Linux the high-water mark of its own memory (proc_pid_status(5), VmHWM):
 * getrusage's maximum begins with what the process that forked it had (getrusage(2)), which may be more than it ever needs.
 */
export function peakResidentBytes(): number {
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(ownStatus())?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}

function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
