import type { Verdict } from '@octet/domain';
import type { GridCell, GridDocument } from '@octet/protocol';
import { recipeText } from '../../format.js';
import { byName, inOrder, targetText, type Target } from '../../data/targets.js';

/** What a reader asked to see. Empty strings and null mean: all. */
export interface GridChoice {
  batch: number | null;
  /** Position in the document's recipes; null: the best recipe of each cell. */
  recipe: number | null;
  architecture: string;
  runtime: string;
  verdict: string;
  text: string;
}

/** Cells by row and column after a choice; null where nothing was asked for. */
export interface GridView {
  models: { name: string; sha256: string }[];
  targets: Target[];
  cell(row: number, column: number): GridCell | null;
  count: number;
}

/** From best to worst answer: which recipe of a cell is shown when any will do. */
const bestFirst: Verdict[] = [
  'worth-it',
  'not-worth-it',
  'undecided',
  'accuracy-fails',
  'slower',
  'unstable',
  'not-measured',
  'unsupported',
];

/** The batch of most cells (the smaller of equals): what the grid opens with. */
export function usualBatch(grid: GridDocument): number | null {
  const counts = new Map<number, number>();
  for (const { batch } of grid.cells) counts.set(batch, (counts.get(batch) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || a - b)[0]?.[0] ?? null;
}

export function batchesOf(grid: GridDocument): number[] {
  return [...new Set(grid.cells.map((cell) => cell.batch))].sort((a, b) => a - b);
}

export function viewOf(grid: GridDocument, choice: GridChoice): GridView {
  const chosen = chosenCells(grid, choice);
  const needle = choice.text.trim().toLowerCase();
  const matches = (...texts: string[]) => needle === '' || texts.some((text) => text.toLowerCase().includes(needle));
  const fits = (target: Target): boolean =>
    (choice.architecture === '' || target.architecture === choice.architecture) &&
    (choice.runtime === '' || target.runtime === choice.runtime);
  const named = grid.models.some((model) => matches(model.name, model.sha256));
  const kept = new Set<number>();
  const used = new Set<number>();
  for (const cell of chosen.values()) {
    const target = grid.targets[cell.target]!;
    const model = grid.models[cell.model]!;
    if (!fits(target)) continue;
    if (choice.verdict !== '' && cell.verdict !== choice.verdict) continue;
    if (!(named ? matches(model.name, model.sha256) : matches(targetText(target), target.deviceClass))) continue;
    kept.add(cell.model);
    used.add(cell.target);
  }
  const rows = [...kept].sort((a, b) => inOrder(grid.models[a]!.name, grid.models[b]!.name));
  const shown = [...used].sort((a, b) => byName(grid.targets[a]!, grid.targets[b]!));
  return {
    models: rows.map((row) => grid.models[row]!),
    targets: shown.map((column) => grid.targets[column]!),
    cell: (row, column) => chosen.get(rows[row]! * grid.targets.length + shown[column]!) ?? null,
    count: rows.length * shown.length,
  };
}

/** A cell of a view with what it is of. */
export interface ViewCell {
  model: GridView['models'][number];
  target: Target;
  cell: GridCell;
}

/** The cells that were asked for, model by model. */
export function cellsOf(view: GridView): ViewCell[] {
  return view.models.flatMap((model, row) =>
    view.targets.flatMap((target, column) => {
      const cell = view.cell(row, column);
      return cell === null ? [] : [{ model, target, cell }];
    }),
  );
}

/** The cell of each model and target for the chosen batch and recipe, by model * targets + target. */
function chosenCells(grid: GridDocument, choice: GridChoice): Map<number, GridCell> {
  const cells = new Map<number, GridCell>();
  for (const cell of grid.cells) {
    if (choice.batch !== null && cell.batch !== choice.batch) continue;
    if (choice.recipe !== null && cell.recipe !== choice.recipe && grid.recipes[cell.recipe] !== null) continue;
    const key = cell.model * grid.targets.length + cell.target;
    const known = cells.get(key);
    if (known === undefined || isBetter(cell, known)) cells.set(key, cell);
  }
  return cells;
}

function isBetter(cell: GridCell, known: GridCell): boolean {
  const step = bestFirst.indexOf(cell.verdict) - bestFirst.indexOf(known.verdict);
  return step < 0 || (step === 0 && (cell.speedup?.[0] ?? 0) > (known.speedup?.[0] ?? 0));
}

/** Rows for a spreadsheet. */
export function gridTable(
  grid: GridDocument,
  view: GridView,
): { columns: string[]; rows: (string | number | null)[][] } {
  const columns =
    'model device class runtime version batch recipe verdict speedup low high metric accuracy float why at';
  const rows = cellsOf(view).map(({ model, target, cell }) => {
    const recipe = grid.recipes[cell.recipe] ?? null;
    const why = cell.why === null ? null : grid.whys[cell.why]!.advice;
    const place = [model.name, target.deviceName, target.deviceClass, target.runtime, target.version, cell.batch];
    const [median, low, high] = cell.speedup ?? [null, null, null];
    const [metric, accuracy] = cell.accuracy ?? [null, null];
    const figures = [median, low, high, metric, accuracy];
    return [...place, recipeText(recipe), cell.verdict, ...figures, cell.floatVariant, why, cell.recordedAt];
  });
  return { columns: columns.split(' '), rows };
}
