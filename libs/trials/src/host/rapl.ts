import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Energy counters of the CPU packages (Linux, Documentation/power/powercap); readable by root only on most hosts. */
const powercapFolder = '/sys/class/powercap';

/** One reading: micro-joules since some start, by package, and where each counter wraps. */
export type EnergyReading = readonly { microjoules: number; wrapsAt: number }[];

/** Counters of all CPU packages; null where the host has none or does not let us read them (virtual machines, no root). */
export function readEnergy(folder = powercapFolder): EnergyReading | null {
  const packages = namesIn(folder).filter((name) => /^(intel-rapl|amd-rapl):\d+$/.test(name));
  const readings = packages.flatMap((name) => {
    const microjoules = numberIn(join(folder, name, 'energy_uj'));
    const wrapsAt = numberIn(join(folder, name, 'max_energy_range_uj'));
    return microjoules === null ? [] : [{ microjoules, wrapsAt: wrapsAt ?? Number.POSITIVE_INFINITY }];
  });
  return readings.length === 0 ? null : readings;
}

/** Joules used between two readings; null where one is missing. A counter wraps once at most. */
export function joulesBetween(before: EnergyReading | null, after: EnergyReading | null): number | null {
  if (before === null || after === null || before.length !== after.length) return null;
  const microjoules = after.reduce((sum, { microjoules: now, wrapsAt }, index) => {
    const used = now - (before[index]?.microjoules ?? now);
    return sum + (used >= 0 ? used : used + wrapsAt);
  }, 0);
  return Number.isFinite(microjoules) ? microjoules / 1e6 : null;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function numberIn(path: string): number | null {
  try {
    const value = Number(readFileSync(path, 'utf8').trim());
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
