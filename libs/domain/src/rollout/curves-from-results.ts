import type { ResultRow, Verdict } from '../result-row.js';
import { measuredPoint, type LatencyCurve, type LatencyPoint } from './latency-curve.js';

/** Why results of a variant are not proposed for serving. */
export interface LeftOut {
  variant: string;
  batch: number;
  reason: string;
}

export interface CurvesFromResults {
  curves: LatencyCurve[];
  leftOut: LeftOut[];
}

/** Verdicts whose INT8 engine must never be served. */
const neverServed: Partial<Record<Verdict, string>> = {
  'accuracy-fails': 'its accuracy is outside the budget',
  unsupported: 'it is not supported there',
  'not-measured': 'it was not measured',
};

/**
 * Latency curves of one model on one device class and runtime from its result rows: one curve for each float variant, one for
 * INT8 (`int8`, or `int8 SCHEME CALIBRATOR` where several recipes were measured). Later rows of the same batch win.
 */
export function curvesFromResults(rows: readonly ResultRow[]): CurvesFromResults {
  const points = new Map<string, Map<number, LatencyPoint>>();
  const leftOut: LeftOut[] = [];
  const names = recipeNames(rows);
  const put = (variant: string, batch: number, timeNs: number) => {
    const curve = points.get(variant) ?? new Map<number, LatencyPoint>();
    points.set(variant, curve.set(batch, measuredPoint(batch, timeNs)));
  };
  for (const row of rows) {
    for (const [variant, timeNs] of Object.entries(row.floats)) put(variant, row.batch, timeNs);
    if (row.recipe === null) continue;
    const variant = names.get(recipeKey(row)) ?? 'int8';
    const refusal = neverServed[row.verdict];
    if (refusal !== undefined || row.times === null)
      leftOut.push({ variant, batch: row.batch, reason: refusal ?? 'it was not measured' });
    else put(variant, row.batch, row.times.int8EndToEndNs);
  }
  return { curves: [...points].map(([variant, curve]) => ({ variant, points: ascending(curve) })), leftOut };
}

function ascending(curve: ReadonlyMap<number, LatencyPoint>): LatencyPoint[] {
  return [...curve.values()].sort((a, b) => a.batch - b.batch);
}

function recipeKey(row: ResultRow): string {
  return JSON.stringify(row.recipe);
}

function recipeNames(rows: readonly ResultRow[]): Map<string, string> {
  const keys = [...new Set(rows.filter((row) => row.recipe !== null).map(recipeKey))];
  if (keys.length <= 1) return new Map(keys.map((key) => [key, 'int8']));
  const named = new Map<string, string>();
  for (const row of rows) {
    if (row.recipe === null) continue;
    const parts = [
      row.recipe['scheme'] ?? row.recipe['model'],
      row.recipe['calibrator'],
      row.recipe['weightBits'] === 7 ? 'w7' : null,
    ];
    named.set(recipeKey(row), ['int8', ...parts.filter((part) => typeof part === 'string')].join(' '));
  }
  return named;
}
