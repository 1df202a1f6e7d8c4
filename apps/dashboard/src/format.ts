import type { ResultRow } from '@octet/domain';

/** Nanoseconds for people: three significant figures in a unit that fits; an en dash where there is none. */
export function formatNs(ns: number | null | undefined): string {
  if (ns === null || ns === undefined) return '–';
  const size = Math.abs(ns);
  const [scale, unit] = size >= 1e9 ? [1e9, 's'] : size >= 1e6 ? [1e6, 'ms'] : size >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
  const digits = Math.max(0, Math.min(2, 2 - Math.floor(Math.log10(Math.max(size / scale, 1e-9)))));
  return `${(ns / scale).toFixed(scale === 1 ? 0 : digits)} ${unit}`;
}

/** `1.19× [1.13, 1.28]` */
export function formatSpeedup(speedup: ResultRow['speedup']): string {
  if (speedup === null) return '–';
  return `${speedup.median.toFixed(2)}× [${speedup.low.toFixed(2)}, ${speedup.high.toFixed(2)}]`;
}

export function formatAccuracy(accuracy: ResultRow['accuracy']): string {
  if (accuracy === null) return '–';
  return `${accuracy.metric} ${accuracy.value.toPrecision(4)}`;
}

export function recipeLabelOf(recipe: ResultRow['recipe']): string {
  if (recipe === null) return 'no recipe';
  if (typeof recipe['model'] === 'string') return `own model ${recipe['model']}`;
  const parts = [recipe['scheme'], recipe['calibrator'], recipe['weightBits'] === 7 ? '7-bit weights' : null];
  return parts.filter((part) => typeof part === 'string').join(' ');
}

/** A moment in the reader's own time zone. */
export function formatMoment(iso: string): string {
  return new Date(iso).toLocaleString();
}
