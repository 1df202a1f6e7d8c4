import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release, totalmem } from 'node:os';
import type { EnvironmentWarning, TelemetrySample, TrialRecord } from '@octet/domain';
import { median } from '@octet/domain';

type Facts = TrialRecord['environment']['facts'];

/** What is known about this host before a trial; absent is null. */
export function hostFacts(): Facts {
  const cpuinfo = readOr('/proc/cpuinfo');
  return {
    platform: process.platform,
    kernel: release(),
    nodeVersion: process.versions.node,
    logicalCores: availableParallelism(),
    memoryBytes: totalmem(),
    loadAverage1m: process.platform === 'win32' ? null : (loadavg()[0] ?? null),
    cpuGovernor: readOr('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor').trim() || null,
    virtualMachine: cpuinfo === '' ? null : /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo),
    container: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
  };
}

const steal = 0.02;
const otherLoad = 0.1;

/** What in the telemetry of the rounds makes times less believable, and what to do about it. */
export function environmentWarnings(telemetry: readonly TelemetrySample[]): EnvironmentWarning[] {
  const warnings: EnvironmentWarning[] = [];
  const stolen = typical(telemetry, 'cpuSteal');
  if (stolen !== null && stolen > steal) {
    warnings.push({
      id: 'cpu-steal',
      message: `The hypervisor took ${percent(stolen)} of the CPU time during the rounds.`,
      advice: 'Measure on a host that shares its cores with nobody.',
    });
  }
  const others = typical(telemetry, 'otherLoad');
  if (others !== null && others > otherLoad) {
    warnings.push({
      id: 'busy-host',
      message: `Other programs used ${percent(others)} of the CPU during the rounds.`,
      advice: 'Stop them, or measure on an idle host.',
    });
  }
  return warnings;
}

/**
 * Rounds in one process agree on the difference that its memory layout makes. `kept` counts the turns in which an engine was
 * not given a fresh process, since loading it takes too long for its part of a round.
 */
export function processWarnings(kept: number): EnvironmentWarning[] {
  if (kept === 0) return [];
  return [
    {
      id: 'kept-processes',
      message: `${kept} times an engine was measured in the process of the round before: loading it again takes too long for a round. Differences under about 1 % may come from where its memory lies.`,
      advice: 'Give the trial more time (measure.maxSeconds, --seconds).',
    },
  ];
}

/** What was seen before the rounds and in them is told once: as it was in them. */
export function oneOfEach(warnings: readonly EnvironmentWarning[]): EnvironmentWarning[] {
  return [...new Map(warnings.map((warning) => [warning.id, warning])).values()];
}

function typical(telemetry: readonly TelemetrySample[], key: 'cpuSteal' | 'otherLoad'): number | null {
  const known = telemetry.flatMap((sample) => sample[key] ?? []);
  return known.length === 0 ? null : median(known);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
