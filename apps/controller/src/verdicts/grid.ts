import type { Verdict } from '@octet/domain';
import type { GridDocument } from '@octet/protocol';

/** What the grid needs of one verdict, as it is read from the database or made for an open trial. */
export interface GridEntry {
  model: { name: string; sha256: string };
  device: { class: string; name: string; architecture: string };
  runtime: { name: string; version: string | null };
  batch: number;
  recipe: Record<string, unknown> | null;
  trialId: string | null;
  verdict: Verdict;
  speedup: { median: number; low: number; high: number } | null;
  accuracy: { metric: string; value: number } | null;
  floatVariant: string | null;
  why: { id: string; advice: string } | null;
  recordedAt: string | null;
}

/** Lists each value once and answers its position. */
class Positions<T> {
  readonly values: T[] = [];
  private readonly known = new Map<string, number>();

  of(key: string, value: () => T): number {
    const found = this.known.get(key);
    if (found !== undefined) return found;
    const position = this.values.push(value()) - 1;
    this.known.set(key, position);
    return position;
  }
}

/** The grid of entries, newest first: the first entry of a cell wins, but one that was not measured yields to one that was. */
export function gridOf(entries: readonly GridEntry[]): GridDocument {
  const models = new Positions<GridDocument['models'][number]>();
  const targets = new Positions<GridDocument['targets'][number]>();
  const recipes = new Positions<GridDocument['recipes'][number]>();
  const whys = new Positions<GridDocument['whys'][number]>();
  const cells = new Map<string, GridDocument['cells'][number]>();
  for (const entry of entries) {
    const model = models.of(`${entry.model.sha256} ${entry.model.name}`, () => entry.model);
    const target = targets.of(`${entry.device.class} ${entry.runtime.name}`, () => targetOf(entry));
    if (targets.values[target]?.version === null) targets.values[target] = targetOf(entry);
    const recipe = recipes.of(JSON.stringify(entry.recipe), () => entry.recipe);
    const key = `${model} ${target} ${recipe} ${entry.batch}`;
    const known = cells.get(key);
    if (known !== undefined && (known.verdict !== 'not-measured' || entry.verdict === 'not-measured')) continue;
    const { batch, trialId, verdict, floatVariant, recordedAt, speedup, accuracy, why } = entry;
    cells.set(key, {
      model,
      target,
      recipe,
      batch,
      trialId,
      verdict,
      floatVariant,
      recordedAt,
      speedup: speedup === null ? null : [speedup.median, speedup.low, speedup.high],
      accuracy: accuracy === null ? null : [accuracy.metric, accuracy.value],
      why: why === null ? null : whys.of(`${why.id} ${why.advice}`, () => why),
    });
  }
  return {
    schemaVersion: 1,
    models: models.values,
    targets: targets.values,
    recipes: recipes.values,
    whys: whys.values,
    cells: [...cells.values()],
  };
}

function targetOf({ device, runtime }: GridEntry): GridDocument['targets'][number] {
  return {
    deviceClass: device.class,
    deviceName: device.name,
    architecture: device.architecture,
    runtime: runtime.name,
    version: runtime.version,
  };
}
