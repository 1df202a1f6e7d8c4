import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release, totalmem } from 'node:os';
import type { EnvironmentWarning, RuntimeName, TelemetrySample, TrialRecord } from '@octet/domain';
import { median, ortProviderOf } from '@octet/domain';

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
const memoryPressure = 0.01;
/** Between the slowest and the fastest second, relative. */
const clockChange = 0.1;

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
  const waiting = largest(telemetry, 'memoryPressure');
  if (waiting !== null && waiting > memoryPressure) {
    warnings.push({
      id: 'memory-pressure',
      message: `Programs waited for memory in up to ${percent(waiting)} of a second during the rounds.`,
      advice: 'Free memory or turn swap off: a page that comes back from disk takes as long as a whole inference.',
    });
  }
  const clocks = telemetry.flatMap(({ cpuClockMhz }) => cpuClockMhz ?? []);
  const [slowest, fastest] = [Math.min(...clocks), Math.max(...clocks)];
  if (clocks.length > 1 && fastest > slowest * (1 + clockChange)) {
    warnings.push({
      id: 'cpu-clock-moved',
      message: `The CPU's clock moved between ${Math.round(slowest)} and ${Math.round(fastest)} MHz during the rounds.`,
      advice:
        'Ratios within a round stay fair. For steadier times fix the clock: cpupower frequency-set --governor performance, and turbo off.',
    });
  }
  const throttled = telemetry.filter(({ throttle }) => throttle.includes('cpu-thermal')).length;
  if (throttled > 0) {
    warnings.push({
      id: 'cpu-throttled',
      message: `The CPU was slowed down by heat in ${throttled} of ${telemetry.length} seconds; rounds in them are void.`,
      advice: 'Let it cool down, look after its fans, or lower its power limit, and measure again.',
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
      advice: 'Give the trial more time (measure.maxSeconds, --max-seconds).',
    },
  ];
}

/** Conditions that a runtime can't be measured without, though the main condition of a GPU (design section 6) has none of them. */
export function runtimeWarnings(runtime: RuntimeName): EnvironmentWarning[] {
  const provider = ortProviderOf(runtime);
  if (provider === null || provider === 'cpu') return [];
  return [
    {
      id: 'copies-included',
      message:
        "Each run of ONNX Runtime's GPU providers copies its inputs to the GPU and its outputs back, and launches every kernel: no CUDA graph, transfers in all times.",
      advice:
        'Compare these times with each other, and with those of tensorrt in its modes without graph and with transfers.',
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

function largest(telemetry: readonly TelemetrySample[], key: 'memoryPressure'): number | null {
  const known = telemetry.flatMap((sample) => sample[key] ?? []);
  return known.length === 0 ? null : Math.max(...known);
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
