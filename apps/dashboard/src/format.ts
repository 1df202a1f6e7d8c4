import { isOwnModel, type Recipe, type ResultRow } from '@octet/domain';

const nothing = '–';

/** Nanoseconds for people: three significant figures in a unit that fits; an en dash where there is none. */
export function formatNs(ns: number | null | undefined): string {
  if (ns === null || ns === undefined) return nothing;
  const [scale, unit] = timeUnit(Math.abs(ns));
  const size = Math.abs(ns) / scale;
  const digits = size === 0 ? 0 : Math.max(0, Math.min(2, 2 - Math.floor(Math.log10(size))));
  return `${minus((ns / scale).toFixed(scale === 1 ? 0 : digits))} ${unit}`;
}

/** The unit in which times up to `largestNs` read well, and its length in ns. */
export function timeUnit(largestNs: number): [number, string] {
  return largestNs >= 1e9 ? [1e9, 's'] : largestNs >= 1e6 ? [1e6, 'ms'] : largestNs >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
}

/** A real minus sign: a hyphen gets lost. */
function minus(text: string): string {
  return text.replace('-', '−');
}

type Interval = { median: number; low: number; high: number } | null;

/** `1.19×` */
export function formatFactor(factor: number | null | undefined): string {
  if (factor === null || factor === undefined) return nothing;
  return `${factor.toFixed(factor >= 100 ? 0 : 2)}×`;
}

/** `1.13–1.28`: the 95 % interval. */
export function formatInterval(interval: Interval): string {
  return interval === null ? nothing : `${interval.low.toFixed(2)}–${interval.high.toFixed(2)}`;
}

/** `1.19× [1.13, 1.28]` */
export function formatSpeedup(speedup: Interval): string {
  if (speedup === null) return nothing;
  return `${formatFactor(speedup.median)} [${speedup.low.toFixed(2)}, ${speedup.high.toFixed(2)}]`;
}

export function formatAccuracy(accuracy: ResultRow['accuracy'] | { metric: string; value: number }): string {
  if (accuracy === null) return nothing;
  const { metric, value } = accuracy;
  if (metric === 'top1' || metric === 'top5') return `${metric} ${(value * 100).toFixed(1)} %`;
  if (metric === 'sqnr') return `SQNR ${value.toFixed(1)} dB`;
  return `${metric} ${value.toFixed(4)}`;
}

/** A recipe in words: `static-symmetric, max`; what is unusual about it follows. */
export function recipeText(recipe: Record<string, unknown> | null): string {
  if (recipe === null) return 'no recipe';
  if (isOwnModel(recipe as unknown as Recipe)) return `own model ${String(recipe['model'])}`;
  const exclude = recipe['exclude'];
  const parts = [
    recipe['scheme'],
    recipe['calibrator'],
    recipe['weightBits'] === 7 ? '7-bit weights' : null,
    recipe['biasCorrection'] === true ? 'corrected biases' : null,
    recipe['granularity'] === 'per-tensor' ? 'per tensor' : null,
    recipe['placement'] === 'implicit' ? 'implicit' : null,
    Array.isArray(exclude) && exclude.length > 0 ? `without ${exclude.join(', ')}` : null,
  ];
  return parts.filter((part) => typeof part === 'string').join(', ');
}

/** A moment in the reader's own time zone. */
export function formatMoment(iso: string | null): string {
  return iso === null ? nothing : new Date(iso).toLocaleString();
}

/** How long ago, in the largest unit that fits: `3 h ago`. */
export function formatAge(iso: string | null, now: number): string {
  if (iso === null) return '';
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Seconds to wait: `40 s`, `3 min`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Energy for people: `412 µJ`, `3.1 mJ`, `1.25 J`. */
export function formatMillijoules(millijoules: number): string {
  const [scale, unit] = millijoules >= 1000 ? [1000, 'J'] : millijoules >= 1 ? [1, 'mJ'] : [0.001, 'µJ'];
  return `${Number((millijoules / scale).toPrecision(3))} ${unit}`;
}

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return nothing;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(power === 0 ? 4 : 3).replace(/\.0+$/, '')} ${units[power]}`;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** What tells two device classes of one product apart: memory and power, or threads. */
export function classDetail(deviceClass: string): string {
  const parts = deviceClass.split('/');
  const last = parts.at(-1) ?? '';
  const threads = /^(\d+)t$/.exec(last)?.[1];
  if (threads !== undefined) return formatCount(Number(threads), 'thread');
  return parts
    .slice(2)
    .filter((part) => part !== 'power-unknown')
    .join(' ')
    .replace(/(\d+)g\b/, '$1 GiB')
    .replace(/(\d+)w\b/, '$1 W');
}
