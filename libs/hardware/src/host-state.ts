import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import si from 'systeminformation';
import type { HostState } from './preflight.js';

interface CpuTicks {
  total: number;
  idle: number;
  stolen: number;
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal (guest times are in user already). */
export function parseTicks(stat: string): CpuTicks | null {
  const fields = /^cpu\s+([\d ]+)$/m.exec(stat)?.[1]?.trim().split(/\s+/).map(Number).slice(0, 8);
  if (fields === undefined || fields.length < 8) return null;
  const total = fields.reduce((sum, ticks) => sum + ticks, 0);
  return { total, idle: (fields[3] ?? 0) + (fields[4] ?? 0), stolen: fields[7] ?? 0 };
}

/** Shares of the time between two readings; all of it is other programs' while this one sleeps. */
export function loadBetween(before: CpuTicks | null, after: CpuTicks | null): Pick<HostState, 'otherLoad' | 'steal'> {
  if (before === null || after === null || after.total <= before.total) return { otherLoad: null, steal: null };
  const total = after.total - before.total;
  const stolen = after.stolen - before.stolen;
  const busy = total - (after.idle - before.idle) - stolen;
  const share = (ticks: number): number => Math.min(1, Math.max(0, ticks / total));
  return { otherLoad: share(busy), steal: share(stolen) };
}

async function readOrNull(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (content) => content.trim(),
    () => null,
  );
}

/** Intel says `no_turbo`, the generic driver `boost`. */
async function readTurbo(): Promise<boolean | null> {
  const noTurbo = await readOrNull('/sys/devices/system/cpu/intel_pstate/no_turbo');
  if (noTurbo !== null) return noTurbo === '0';
  const boost = await readOrNull('/sys/devices/system/cpu/cpufreq/boost');
  return boost === null ? null : boost === '1';
}

/** systeminformation finds known hypervisors; the CPU's own `hypervisor` flag finds the others. */
async function readVirtualMachine(): Promise<string | null> {
  const system = await si.system().catch(() => null);
  if (system?.virtual === true) return system.virtualHost || 'unknown hypervisor';
  const cpuinfo = (await readOrNull('/proc/cpuinfo')) ?? '';
  return /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo) ? 'unknown hypervisor' : null;
}

async function readLoad(windowMs: number): Promise<Pick<HostState, 'otherLoad' | 'steal'>> {
  const before = parseTicks((await readOrNull('/proc/stat')) ?? '');
  await sleep(windowMs);
  return loadBetween(before, parseTicks((await readOrNull('/proc/stat')) ?? ''));
}

/** Looks at the machine for `windowMs` (half a second) while this program does nothing. */
export async function readHostState(windowMs = 500): Promise<HostState> {
  const [virtualMachine, memory, battery, temperature] = await Promise.all([
    readVirtualMachine(),
    si.mem().catch(() => null),
    si.battery().catch(() => null),
    si.cpuTemperature().catch(() => null),
  ]);
  return {
    // Last, for the questions above make a load of their own.
    ...(await readLoad(windowMs)),
    governor: await readOrNull('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    turbo: await readTurbo(),
    virtualMachine,
    swapUsedBytes: memory?.swapused ?? null,
    onBattery: battery === null || !battery.hasBattery ? null : !battery.acConnected,
    temperatureC: temperature?.main ?? null,
    criticalTemperatureC: temperature?.max && temperature.max > 60 ? temperature.max : null,
  };
}
