import type { TrialRecord } from '@octet/domain';
import type { TrialDeps } from '../deps.js';

interface LockedClocks extends Pick<TrialRecord['environment'], 'facts' | 'warnings'> {
  release: () => Promise<void>;
}

/** Clocks locked where that was asked for; where it is refused the trial goes on without, and its record says so. */
export async function lockedClocks({ lockClocks = null }: Pick<TrialDeps, 'lockClocks'>): Promise<LockedClocks> {
  if (lockClocks === null) return { facts: {}, warnings: [], release: () => Promise.resolve() };
  try {
    const lock = await lockClocks();
    return { facts: { clocksLockedMhz: lock.mhz }, warnings: [], release: () => lock.release() };
  } catch (error) {
    const message = (error as Error).message;
    return {
      facts: { clocksLockedMhz: null },
      warnings: [{ id: 'clocks-not-locked', message, advice: 'Times are compared in pairs: the verdict stands.' }],
      release: () => Promise.resolve(),
    };
  }
}
