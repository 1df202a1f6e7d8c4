import type { LoadedEngine } from '@octet/engines';
import { joulesBetween, readEnergy, type EnergyReading } from '../host/rapl.js';

/** Long beside the counters' step of about a millisecond. */
const load = { minRuns: 10, minDurationMs: 1_000, maxDurationMs: 3_000 };

/**
 * Energy of one execution on a CPU, mJ: what the packages' counters rose by over a second of runs, idle cores included, divided by
 * the runs. null where there are no counters to read; then nothing is run.
 */
export async function energyOfRun(
  engine: Pick<LoadedEngine, 'measureRound'>,
  read: () => EnergyReading | null = readEnergy,
): Promise<number | null> {
  const before = read();
  if (before === null) return null;
  const { latenciesNs } = await engine.measureRound(load);
  const joules = joulesBetween(before, read());
  // The round's first run is not among its times, but takes energy as well.
  return joules === null ? null : (joules * 1000) / (latenciesNs.length + 1);
}
