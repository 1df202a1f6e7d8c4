import { recipeLabel } from '../recipe.js';
import type { ResultRow, Verdict } from '../result-row.js';
import { median, orderInterval } from '../statistics/index.js';
import type { TrialRecord } from '../trial.js';
import { measuredPoint, type LatencyCurve, type LatencyPoint } from './latency-curve.js';

/** Why results of a variant are not proposed for serving. */
export interface LeftOut {
  variant: string;
  batch: number;
  reason: string;
}

export interface CurvesFromResults<Row extends ResultRow = ResultRow> {
  curves: LatencyCurve[];
  leftOut: LeftOut[];
  /** The newest row of each curve, by variant. */
  newest: Map<string, Row>;
}

/** What of a trial's record makes a point more than its median. */
export type CurveRecord = Pick<TrialRecord, 'engines' | 'rounds'>;

/** Verdicts whose INT8 engine must never be served. */
const neverServed: Partial<Record<Verdict, string>> = {
  'accuracy-fails': 'its accuracy is outside the budget',
  unsupported: 'it is not supported there',
  'not-measured': 'it was not measured',
};
/** Of one engine's samples, about so many are kept: whole rounds, spread over the trial. */
const keptSamples = 2000;

/**
 * Latency curves of one model on one device class from its result rows, oldest first: one curve for each float variant, one for
 * INT8 (`int8`, or `int8 SCHEME CALIBRATOR` where several recipes were measured). Later rows of the same batch win. Rows of
 * another shape or runtime version than the last measured row are left out: their times do not belong to one curve. A recipe
 * that failed its accuracy at any batch is left out at all of them.
 */
export function curvesFromResults<Row extends ResultRow>(
  rows: readonly Row[],
  recordOf: (row: Row) => CurveRecord | null = () => null,
): CurvesFromResults<Row> {
  const last = rows.findLast((row) => Object.keys(row.floats).length > 0 || row.times !== null);
  const points = new Map<string, Map<number, LatencyPoint>>();
  const leftOut: LeftOut[] = [];
  const names = recipeNames(rows);
  const inaccurate = new Set(rows.filter((row) => row.verdict === 'accuracy-fails').map(recipeKey));
  const newest = new Map<string, Row>();
  const put = (variant: string, point: LatencyPoint, row: Row) => {
    newest.set(variant, row);
    const curve = points.get(variant) ?? new Map<number, LatencyPoint>();
    points.set(variant, curve.set(point.batch, point));
  };
  for (const row of rows) {
    const record = recordOf(row);
    const variant = names.get(recipeKey(row)) ?? 'int8';
    const stranger = last === undefined ? null : strangerReason(row, last);
    if (stranger !== null) {
      leftOut.push({ variant: row.recipe === null ? 'float' : variant, batch: row.batch, reason: stranger });
      continue;
    }
    for (const [float, timeNs] of Object.entries(row.floats))
      put(float, pointOf(row.batch, timeNs, record, float), row);
    if (row.recipe === null) continue;
    const verdict = inaccurate.has(recipeKey(row)) ? 'accuracy-fails' : row.verdict;
    const refusal = neverServed[verdict];
    if (refusal !== undefined || row.times === null)
      leftOut.push({ variant, batch: row.batch, reason: refusal ?? 'it was not measured' });
    else put(variant, pointOf(row.batch, row.times.int8EndToEndNs, record, labelIn(record, row)), row);
  }
  const curves = [...points].map(([variant, curve]) => ({ variant, points: ascending(curve) }));
  return { curves, leftOut, newest };
}

function strangerReason(row: ResultRow, last: ResultRow): string | null {
  if (row.runtime.name !== last.runtime.name || row.runtime.version !== last.runtime.version)
    return row.runtime.version === null ? null : `it ran on ${row.runtime.name} ${row.runtime.version}`;
  return sampleShape(row) === sampleShape(last) ? null : `it was measured with the shape ${sampleShape(row)}`;
}

/** Shapes without the batch: what has to be the same along a curve. */
function sampleShape({ shapes, batch }: ResultRow): string {
  const rest = Object.entries(shapes).map(([name, dims]) => {
    const own = dims[0] === batch ? dims.slice(1) : dims;
    return `${name}=${own.join('x')}`;
  });
  return rest.sort().join(' ');
}

function pointOf(batch: number, timeNs: number, record: CurveRecord | null, label: string | null): LatencyPoint {
  const bare = measuredPoint(batch, timeNs);
  if (record === null || label === null) return bare;
  const rounds = record.rounds.flatMap((round) => {
    const samples = round.samples[label] ?? [];
    return round.voided === null && samples.length > 0 ? [samples] : [];
  });
  const between = orderInterval(rounds.map(median), 0.05);
  const build = record.engines.find((engine) => engine.label === label)?.build;
  return {
    ...bare,
    samplesNs: rounds.length === 0 ? null : thinned(rounds),
    interval: between === null ? null : { lowNs: Math.round(between.low), highNs: Math.round(between.high) },
    memoryBytes: build?.peakMemoryBytes ?? null,
    buildNs: build?.buildNs ?? null,
  };
}

/** Neighbouring samples stay neighbours: slow spells are what makes a tail. */
function thinned(rounds: readonly (readonly number[])[]): number[] {
  const each = Math.max(1, Math.ceil(keptSamples / rounds.length));
  return rounds.flatMap((samples) => samples.slice(0, each));
}

/** The engine of a row's recipe: its label is the recipe's. */
function labelIn(record: CurveRecord | null, row: ResultRow): string | null {
  const wanted = recipeKey(row);
  const engine = record?.engines.find(({ recipe }) => recipe !== null && canonical({ ...recipe }) === wanted);
  return engine === undefined ? null : recipeLabel(engine.recipe!);
}

function ascending(curve: ReadonlyMap<number, LatencyPoint>): LatencyPoint[] {
  return [...curve.values()].sort((a, b) => a.batch - b.batch);
}

function recipeKey(row: ResultRow): string {
  return row.recipe === null ? 'none' : canonical(row.recipe);
}

/** A recipe as a key: a database gives keys back in an order of its own. */
function canonical(recipe: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(recipe).sort(([a], [b]) => (a < b ? -1 : 1)));
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
      row.recipe['biasCorrection'] === true ? 'corrected biases' : null,
    ];
    named.set(recipeKey(row), ['int8', ...parts.filter((part) => typeof part === 'string')].join(' '));
  }
  return named;
}
