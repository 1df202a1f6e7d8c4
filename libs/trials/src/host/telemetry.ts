import { readdirSync, readFileSync } from 'node:fs';
import type { TelemetrySample } from '@octet/domain';
import { joulesBetween, readEnergy } from './rapl.js';

/** One reading of the host or device; `atMs` is set by the caller. Absent is null. */
export type TelemetryReading = Omit<TelemetrySample, 'atMs'>;

/** Read about once a second while a trial runs, or as often as the source says. */
export interface TelemetrySource {
  readonly intervalMs?: number;
  read(): Promise<TelemetryReading>;
  /** Nothing more is read after this. */
  stop?(): void;
}

export const emptyReading: TelemetryReading = {
  smClockMhz: null,
  memoryClockMhz: null,
  cpuClockMhz: null,
  temperatureC: null,
  powerW: null,
  utilization: null,
  throttle: [],
  cpuSteal: null,
  otherLoad: null,
  memoryPressure: null,
};

interface CpuTimes {
  total: number;
  idle: number;
  stolen: number;
  /** Of this process and its children (the measuring processes), those that ended included. */
  own: number;
}

/**
 * Telemetry of a CPU, from /proc and /sys (Linux; elsewhere all null): clock, and since the reading before use, steal, the load
 * of others, power of the packages, thermal throttling and waiting for memory.
 */
export function cpuTelemetry(): TelemetrySource {
  let last = readCounters();
  return {
    read: () => {
      const now = readCounters();
      const reading = { ...emptyReading, cpuClockMhz: readClockMhz(), ...sinceLast(last, now) };
      last = now;
      return Promise.resolve(reading);
    },
  };
}

interface Counters {
  atMs: number;
  times: CpuTimes | null;
  energy: ReturnType<typeof readEnergy>;
  /** Thermal throttling events of all cores and packages. */
  throttled: number | null;
  /** Time that some task waited for memory, us. */
  stalledUs: number | null;
}

function readCounters(): Counters {
  return {
    atMs: performance.now(),
    times: readTimes(),
    energy: readEnergy(),
    throttled: readThrottleCount(),
    stalledUs: parseStalledUs(readOr('/proc/pressure/memory')),
  };
}

/** What happened between two readings; null where the host does not tell. */
export function sinceLast(
  before: Counters,
  now: Counters,
): Pick<TelemetryReading, 'utilization' | 'cpuSteal' | 'otherLoad' | 'powerW' | 'throttle' | 'memoryPressure'> {
  const seconds = (now.atMs - before.atMs) / 1000;
  const joules = joulesBetween(before.energy, now.energy);
  const throttled = before.throttled !== null && now.throttled !== null && now.throttled > before.throttled;
  const stalled = before.stalledUs === null || now.stalledUs === null ? null : now.stalledUs - before.stalledUs;
  return {
    ...shares(before.times, now.times),
    powerW: joules === null || seconds <= 0 ? null : joules / seconds,
    throttle: throttled ? ['cpu-thermal'] : [],
    memoryPressure: stalled === null || seconds <= 0 ? null : Math.min(1, Math.max(0, stalled / 1e6 / seconds)),
  };
}

/** Pressure stall information (Linux, Documentation/accounting/psi): total of the line `some`, us; null without it. */
export function parseStalledUs(pressure: string): number | null {
  const total = /^some .*\btotal=(\d+)/m.exec(pressure)?.[1];
  return total === undefined ? null : Number(total);
}

function readThrottleCount(): number | null {
  const cores = namesIn('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name));
  const counts = cores.flatMap((core) =>
    ['core_throttle_count', 'package_throttle_count'].map((file) =>
      readOr(`/sys/devices/system/cpu/${core}/thermal_throttle/${file}`).trim(),
    ),
  );
  const known = counts.filter((count) => /^\d+$/.test(count)).map(Number);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}

/** Shares of the CPU time between two readings, 0..1; null without a reading or without time between them. */
export function shares(
  before: CpuTimes | null,
  after: CpuTimes | null,
): Pick<TelemetryReading, 'utilization' | 'cpuSteal' | 'otherLoad'> {
  if (before === null || after === null || after.total <= before.total) {
    return { utilization: null, cpuSteal: null, otherLoad: null };
  }
  const total = after.total - before.total;
  const stolen = after.stolen - before.stolen;
  const busy = total - (after.idle - before.idle) - stolen;
  // A process that ended between the readings takes its own time with it: never below zero.
  const own = Math.max(0, after.own - before.own);
  const share = (ticks: number): number => Math.min(1, Math.max(0, ticks / total));
  return { utilization: share(busy), cpuSteal: share(stolen), otherLoad: share(busy - own) };
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice (guest is in user). */
export function parseCpuTimes(stat: string): Omit<CpuTimes, 'own'> | null {
  const fields = /^cpu\s+(.+)$/m.exec(stat)?.[1]?.trim().split(/\s+/).map(Number);
  if (fields === undefined || fields.length < 5) return null;
  const counted = fields.slice(0, 8);
  const total = counted.reduce((sum, ticks) => sum + ticks, 0);
  return { total, idle: (counted[3] ?? 0) + (counted[4] ?? 0), stolen: counted[7] ?? 0 };
}

function readTimes(): CpuTimes | null {
  const times = parseCpuTimes(readOr('/proc/stat'));
  return times === null ? null : { ...times, own: ownTicks() };
}

function ownTicks(): number {
  const tasks = namesIn('/proc/self/task');
  const children = tasks.flatMap((task) => readOr(`/proc/self/task/${task}/children`).trim().split(/\s+/));
  return [String(process.pid), ...children.filter(Boolean)].reduce((sum, pid) => sum + ticksOf(pid), 0);
}

function ticksOf(pid: string): number {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and the same of children that ended: each round has processes of its own.
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0);
}

/** Mean clock of the cores, MHz: from cpufreq where there is one, else as /proc/cpuinfo tells. */
export function readClockMhz(): number | null {
  const cores = namesIn('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name));
  const kilohertz = cores.map((core) => Number(readOr(`/sys/devices/system/cpu/${core}/cpufreq/scaling_cur_freq`)));
  const scaled = kilohertz.filter((value) => value > 0).map((value) => value / 1000);
  const told = [...readOr('/proc/cpuinfo').matchAll(/^cpu MHz\s*:\s*([\d.]+)/gm)].map((match) => Number(match[1]));
  const clocks = scaled.length > 0 ? scaled : told;
  return clocks.length === 0 ? null : clocks.reduce((sum, clock) => sum + clock, 0) / clocks.length;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
