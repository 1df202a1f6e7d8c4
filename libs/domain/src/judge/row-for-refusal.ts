import type { Device, RuntimeProbe } from '../device.js';
import type { AnsweredCell } from '../expansion/index.js';
import type { ResultRow, Verdict } from '../result-row.js';
import type { Refusal, TrialSpec } from '../trial.js';
import { emptyRow, refusalReason, rowDevice } from './row-frame.js';

/** The row of a cell that expansion answered instead of scheduling it. `model.sha256` is '' for a model that could not be read. */
export function rowForRefusal(cell: AnsweredCell): ResultRow {
  const subject = {
    model: { name: cell.model.name, sha256: cell.model.sha256 ?? '' },
    device: { ...rowDevice(cell.device), class: cell.deviceClass },
    runtime: { name: cell.runtime, version: cell.runtimeVersion },
    batch: cell.batch,
    shapes: cell.shapes,
  };
  const evidence = cell.recipe === null ? { variant: cell.variant } : {};
  return emptyRow(subject, cell.recipe, cell.verdict, [refusalReason(cell.refusal, 'warning', evidence)]);
}

/**
 * One row for each recipe among answered cells. Refused float variants have no row of their own beside a recipe's or beside a
 * trial that measures the rest of their cell (`trials`: `judge` tells them there, see `refusedBeside`); where nothing else
 * stands for a cell, one row with recipe null does.
 */
export function rowsForRefusals(cells: readonly AnsweredCell[], trials: readonly TrialSpec[] = []): ResultRow[] {
  const stoodFor = new Set([...cells.filter((cell) => cell.recipe !== null), ...trials].map(keyOf));
  const shown = cells.filter((cell) => cell.recipe !== null || !stoodFor.has(keyOf(cell)));
  return onceEach(shown).map(rowForRefusal);
}

/** The variants of a trial's cell that expansion refused: for `judge`'s context, which tells them beside the verdict. */
export function refusedBeside(
  trial: TrialSpec,
  cells: readonly AnsweredCell[],
): { variant: AnsweredCell['variant']; refusal: Refusal }[] {
  return cells
    .filter((cell) => cell.recipe === null && keyOf(cell) === keyOf(trial))
    .map(({ variant, refusal }) => ({ variant, refusal }));
}

function keyOf({ model, batch, shapes, deviceClass, runtime }: AnsweredCell | TrialSpec): string {
  return JSON.stringify([model.name, model.sha256, batch, shapes, deviceClass, runtime]);
}

/** A cell without recipes may be refused for several float variants: one row stands for it, with the first reason. */
function onceEach(cells: readonly AnsweredCell[]): AnsweredCell[] {
  const seen = new Set<string>();
  return cells.filter((cell) => {
    if (cell.recipe !== null) return true;
    const key = keyOf(cell);
    return !seen.has(key) && seen.add(key);
  });
}

/** What is known of a trial without a record: waiting, cancelled, or ended without a measurement. */
export interface UnmeasuredTrial {
  spec: TrialSpec;
  /** null when the device is only known by its class. */
  device: Device | null;
  runtime: Pick<RuntimeProbe, 'name' | 'version'> | null;
}

/** Rows of a trial that has no record (yet): one for each recipe, or one with recipe null; none of a trial that serves. */
export function rowsForUnmeasured(
  trial: UnmeasuredTrial,
  refusal: Refusal,
  verdict: Extract<Verdict, 'unsupported' | 'not-measured'> = 'not-measured',
): ResultRow[] {
  const { spec, device, runtime } = trial;
  if (spec.serve !== undefined) return [];
  const subject = {
    model: spec.model,
    device: device === null ? deviceOfClass(spec.deviceClass) : { ...rowDevice(device), class: spec.deviceClass },
    runtime: { name: spec.runtime, version: runtime?.version ?? null },
    batch: spec.batch,
    shapes: spec.shapes,
  };
  const recipes = spec.recipes.length === 0 ? [null] : spec.recipes;
  return recipes.map((recipe) => emptyRow(subject, recipe, verdict, [refusalReason(refusal)]));
}

function deviceOfClass(deviceClass: string): ResultRow['device'] {
  const [architecture = deviceClass, product = deviceClass] = deviceClass.split('/');
  return { class: deviceClass, name: product, architecture };
}
