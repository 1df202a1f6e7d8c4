import type { GpuDevice, TelemetrySample } from '@octet/domain';

/** Fields of `--query-gpu`; older drivers lack some, so each may be left out. */
export const gpuFields = [
  'index',
  'uuid',
  'name',
  'compute_cap',
  'memory.total',
  'enforced.power.limit',
  'driver_version',
  'mig.mode.current',
] as const;

export const telemetryFields = [
  'uuid',
  'clocks.sm',
  'clocks.mem',
  'temperature.gpu',
  'power.draw',
  'utilization.gpu',
  'clocks_throttle_reasons.active',
] as const;

type Row = Map<string, string>;

/** Rows of `--format=csv,noheader,nounits`. A name may hold a comma: what is too much belongs to `name`. */
export function parseCsv(text: string, fields: readonly string[]): Row[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const extra = cells.length - fields.length;
    const name = fields.indexOf('name');
    if (extra > 0 && name >= 0) cells.splice(name, extra + 1, cells.slice(name, name + extra + 1).join(', '));
    return new Map(fields.map((field, index) => [field, cells[index] ?? '']));
  });
}

/** nvidia-smi prints `[N/A]`, `[Not Supported]`, `N/A`, `[Unknown Error]` for what it can't tell. */
function text(row: Row, field: string): string | null {
  const value = row.get(field) ?? '';
  return value === '' || /^\[.*\]$/.test(value) || value === 'N/A' ? null : value;
}

function number(row: Row, field: string): number | null {
  const value = Number(text(row, field) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

/** `9.0` -> `sm_90`, `12.0` -> `sm_120`. */
export function architectureOfComputeCapability(capability: string): `sm_${number}` | null {
  const match = /^(\d+)\.(\d)$/.exec(capability);
  return match === null ? null : `sm_${Number(`${match[1]}${match[2]}`)}`;
}

/** The GPUs of the table; one whose compute capability is unknown is left out, for nothing could be said about it. */
export function parseGpus(csv: string, fields: readonly string[] = gpuFields): GpuDevice[] {
  return parseCsv(csv, fields).flatMap((row) => {
    const architecture = architectureOfComputeCapability(text(row, 'compute_cap') ?? '');
    const [id, name, index] = [text(row, 'uuid'), text(row, 'name'), number(row, 'index')];
    if (architecture === null || id === null || name === null || index === null) return [];
    return [
      {
        kind: 'gpu' as const,
        id,
        name,
        architecture,
        memoryBytes: (number(row, 'memory.total') ?? 0) * 2 ** 20,
        powerLimitW: number(row, 'enforced.power.limit'),
        powerMode: null,
        driverVersion: text(row, 'driver_version'),
        index,
        mig: text(row, 'mig.mode.current') === 'Enabled',
      },
    ];
  });
}

/** Bits of `clocks_throttle_reasons.active` (nvml.h, nvmlClocksThrottleReason*). Idle and application clocks slow nothing down. */
const throttleBits: readonly (readonly [bigint, string])[] = [
  [0x04n, 'sw-power-cap'],
  [0x08n, 'hw-slowdown'],
  [0x10n, 'sync-boost'],
  [0x20n, 'sw-thermal-slowdown'],
  [0x40n, 'hw-thermal-slowdown'],
  [0x80n, 'hw-power-brake-slowdown'],
];

export function throttleReasons(mask: string | null): string[] {
  if (mask === null || !/^0x[0-9a-f]+$/i.test(mask)) return [];
  const bits = BigInt(mask);
  return throttleBits.filter(([bit]) => (bits & bit) !== 0n).map(([, name]) => name);
}

export type GpuReading = Omit<TelemetrySample, 'atMs'>;

/** The last line about that GPU; null if there is none. Clocks in MHz, power in W, use 0..1. */
export function parseTelemetry(
  csv: string,
  uuid: string,
  fields: readonly string[] = telemetryFields,
): GpuReading | null {
  const row = parseCsv(csv, fields).findLast((one) => one.get('uuid') === uuid);
  if (row === undefined) return null;
  const utilization = number(row, 'utilization.gpu');
  return {
    smClockMhz: number(row, 'clocks.sm'),
    memoryClockMhz: number(row, 'clocks.mem'),
    cpuClockMhz: null,
    temperatureC: number(row, 'temperature.gpu'),
    powerW: number(row, 'power.draw'),
    utilization: utilization === null ? null : utilization / 100,
    throttle: throttleReasons(text(row, 'clocks_throttle_reasons.active') ?? text(row, 'clocks_event_reasons.active')),
    cpuSteal: null,
    otherLoad: null,
  };
}

/** The same field under the name that newer drivers give it. */
const renamed: Readonly<Record<string, string>> = {
  'clocks_throttle_reasons.active': 'clocks_event_reasons.active',
};

/** The fields to ask for after the driver said that it does not know one: under its newer name, else without it. */
export function fieldsWithout(fields: readonly string[], unknown: string): readonly string[] {
  const other = renamed[unknown];
  if (other === undefined) return fields.filter((field) => field !== unknown);
  return fields.map((field) => (field === unknown ? other : field));
}

/** Name of the field that this driver does not know, from its complaint. */
export function unknownField(output: string): string | null {
  return /Field "([^"]+)" is not a valid field to query/.exec(output)?.[1] ?? null;
}
