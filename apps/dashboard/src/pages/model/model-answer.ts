import { crossoverOf, type Crossover, type Verdict } from '@octet/domain';
import type { StoredRow } from '@octet/protocol';
import { missesBudget } from '../../data/accuracy.js';
import { targetKey, targetOfRow, type Target } from '../../data/targets.js';
import { recipeText } from '../../format.js';

/** One device class of a model: its newest rows by batch, for the recipe that does best there. */
export interface TargetAnswer {
  target: Target;
  recipe: string;
  /** Ascending batch. */
  rows: StoredRow[];
  crossover: Crossover | null;
}

/** Newest row first for each (target, recipe, batch); then, for each target, the recipe of the highest median speed-up. */
export function answersOf(rows: readonly StoredRow[]): TargetAnswer[] {
  const groups = new Map<string, { target: Target; recipe: string; rows: Map<number, StoredRow> }>();
  for (const row of newestFirst(rows)) {
    const target = targetOfRow(row);
    const recipe = recipeText(row.recipe);
    const key = `${targetKey(target)} ${recipe}`;
    const group = groups.get(key) ?? { target, recipe, rows: new Map<number, StoredRow>() };
    const known = group.rows.get(row.batch);
    if (known === undefined || (known.verdict === 'not-measured' && row.verdict !== 'not-measured'))
      group.rows.set(row.batch, row);
    groups.set(key, group);
  }
  const answers = [...groups.values()].map(({ target, recipe, rows: byBatch }): TargetAnswer => {
    const sorted = [...byBatch.values()].sort((a, b) => a.batch - b.batch);
    return { target, recipe, rows: sorted, crossover: crossoverOf(points(sorted)) };
  });
  return bestRecipes(answers);
}

function newestFirst(rows: readonly StoredRow[]): StoredRow[] {
  return [...rows].sort((a, b) => (b.recordedAt ?? '').localeCompare(a.recordedAt ?? ''));
}

function points(rows: readonly StoredRow[]) {
  return rows.flatMap((row) => (row.speedup === null ? [] : [{ batch: row.batch, ...row.speedup }]));
}

function bestRecipes(answers: readonly TargetAnswer[]): TargetAnswer[] {
  const best = new Map<string, TargetAnswer>();
  const height = (answer: TargetAnswer) => Math.max(0, ...answer.rows.map((row) => row.speedup?.median ?? 0));
  for (const answer of answers) {
    const key = targetKey(answer.target);
    const known = best.get(key);
    if (known === undefined || height(answer) > height(known)) best.set(key, answer);
  }
  return [...best.values()].sort((a, b) => a.target.deviceName.localeCompare(b.target.deviceName));
}

/** Batches of any device class, ascending. */
export function batchesOf(answers: readonly TargetAnswer[]): number[] {
  return [...new Set(answers.flatMap(({ rows }) => rows.map((row) => row.batch)))].sort((a, b) => a - b);
}

/** The fastest way found to run the model at one batch. */
export interface Fastest {
  target: Target;
  variant: string;
  ns: number;
  /** False where INT8 leads by its medians only: its verdict is still open. */
  certain: boolean;
}

/** Verdicts that leave INT8 out: float is as fast or faster. */
const floatWins: ReadonlySet<Verdict> = new Set(['slower', 'not-worth-it']);

/** Every device class by its fastest engine at a batch, the fastest first; INT8 counts unless its verdict or its accuracy speaks against it. */
export function fastestOf(answers: readonly TargetAnswer[], batch: number): Fastest[] {
  const all = answers.flatMap(({ target, rows }) => {
    const row = rows.find((each) => each.batch === batch);
    if (row === undefined) return [];
    const engines: [string, number][] = Object.entries(row.floats);
    if (row.times !== null && !floatWins.has(row.verdict) && !missesBudget(row))
      engines.push(['int8', row.times.int8EndToEndNs]);
    const best = engines.sort((a, b) => a[1] - b[1])[0];
    const certain = best?.[0] !== 'int8' || row.verdict === 'worth-it';
    return best === undefined ? [] : [{ target, variant: best[0], ns: best[1], certain }];
  });
  return all.sort((a, b) => a.ns - b.ns);
}

/** One point of a model's history on one target, batch and recipe. */
export interface HistoryPoint {
  at: string;
  version: string;
  median: number;
  low: number;
  high: number;
  trialId: string | null;
  /** The interval lies wholly below that of the point before. */
  regression: boolean;
}

/** Measured rows of one place over time, oldest first, regressions marked. Fewer than two points are no history. */
export function historyOf(rows: readonly StoredRow[], like: StoredRow): HistoryPoint[] {
  const key = (row: StoredRow) => JSON.stringify([row.device.class, row.runtime.name, row.batch, row.recipe]);
  const measured = newestFirst(rows)
    .reverse()
    .filter((row) => key(row) === key(like) && row.speedup !== null && row.recordedAt !== null);
  return measured.map((row, index) => ({
    at: row.recordedAt!,
    version: `${row.runtime.name} ${row.runtime.version ?? ''}`,
    ...row.speedup!,
    trialId: row.trialId,
    regression: index > 0 && row.speedup!.high < measured[index - 1]!.speedup!.low,
  }));
}
