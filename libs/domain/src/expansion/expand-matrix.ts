import { supports, type RuntimeOffer } from '../capabilities/index.js';
import type { Device, RuntimeName } from '../device.js';
import type { Matrix, MatrixModel, ShapeDimension } from '../matrix.js';
import { isOwnModel, recipeLabel, type FloatVariant, type Recipe, type Variant } from '../recipe.js';
import type { BlobRef, Refusal, TrialSpec } from '../trial.js';
import type { ModelFacts, ResolvedModel } from './model-facts.js';
import { seedOf } from './seed.js';
import { targetsOf, type KnownClass, type Target, type WaitingCell } from './targets.js';
import { trialShapes } from './trial-shapes.js';

/** A cell that is answered without being scheduled: one for each refused variant or recipe. */
export interface AnsweredCell {
  model: { name: string; sha256: string | null };
  batch: number;
  /** {} where the shapes themselves are what is missing. */
  shapes: Record<string, number[]>;
  device: Device;
  deviceClass: string;
  runtime: RuntimeName;
  /** Version of the runtime where exactly one is offered. */
  runtimeVersion: string | null;
  variant: Variant;
  /** null for float variants. */
  recipe: Recipe | null;
  verdict: 'unsupported' | 'not-measured';
  refusal: Refusal;
}

export interface Expansion {
  trials: TrialSpec[];
  unsupported: AnsweredCell[];
  waiting: WaitingCell[];
}

interface Cell {
  model: ResolvedModel;
  asked: MatrixModel;
  target: Target;
  requestedShapes: Record<string, ShapeDimension[]> | null;
  batch: number;
}

/**
 * models x shapes x batches x device classes x runtimes; each trial holds all its floats and recipes. Pure and in a fixed order:
 * models and batches as written, classes and runtimes sorted. `models` runs parallel to `matrix.models`; `ownModels` maps the
 * path of a recipe's own Q/DQ model to its SHA-256.
 */
export function expandMatrix(
  matrix: Matrix,
  models: readonly ResolvedModel[],
  known: readonly KnownClass[],
  ownModels: Readonly<Record<string, string>> = {},
): Expansion {
  const { targets, waiting } = targetsOf(matrix, known);
  const recipes = matrix.int8.map((recipe) => withDigest(recipe, ownModels));
  const expansion: Expansion = { trials: [], unsupported: [], waiting };
  for (const [index, asked] of matrix.models.entries()) {
    const model = models[index];
    if (model === undefined) continue;
    for (const cell of cellsOf(matrix, asked, model, targets))
      expandCell({ ...matrix, int8: recipes }, cell, expansion);
  }
  return expansion;
}

function withDigest(recipe: Recipe, ownModels: Readonly<Record<string, string>>): Recipe {
  return isOwnModel(recipe) ? { ...recipe, sha256: recipe.sha256 ?? ownModels[recipe.model] ?? null } : recipe;
}

function cellsOf(matrix: Matrix, asked: MatrixModel, model: ResolvedModel, targets: readonly Target[]): Cell[] {
  const shapes = asked.shapes.length === 0 ? [null] : asked.shapes;
  return shapes.flatMap((requestedShapes) =>
    matrix.batches.flatMap((batch) => targets.map((target) => ({ model, asked, target, requestedShapes, batch }))),
  );
}

/** What no other request would change. */
const ofTheModel: ReadonlySet<string> = new Set(['fixed-batch', 'no-inputs']);

function expandCell(matrix: Matrix, cell: Cell, expansion: Expansion): void {
  const answer = (verdict: AnsweredCell['verdict'], refusal: Refusal, shapes: Record<string, number[]> = {}): void => {
    for (const [variant, recipe] of entriesOf(matrix)) {
      expansion.unsupported.push(answered(cell, shapes, variant, recipe, verdict, refusal));
    }
  };
  if (cell.model.refusal !== null) return answer('not-measured', cell.model.refusal);
  const { facts, dataset } = cell.model;
  const shaped = trialShapes(facts, cell.requestedShapes, cell.batch);
  if (!shaped.ok) return answer(ofTheModel.has(shaped.code) ? 'unsupported' : 'not-measured', plain(shaped));
  const refusal = cellRefusal(matrix, cell);
  if (refusal !== null) return answer('unsupported', refusal, shaped.shapes);
  if (cell.asked.accuracy !== null && dataset === null)
    return answer('not-measured', datasetMissing(facts), shaped.shapes);
  expandVariants(matrix, cell, facts, dataset, shaped.shapes, expansion);
}

/** What is measured and judged: the recipes, and the floats they are compared with. */
function entriesOf(matrix: Matrix): [Variant, Recipe | null][] {
  return [
    ...floatsOf(matrix).map((variant): [Variant, null] => [variant, null]),
    ...matrix.int8.map((recipe): [Variant, Recipe] => ['int8', recipe]),
  ];
}

function floatsOf(matrix: Matrix): FloatVariant[] {
  return matrix.variants.filter((variant): variant is FloatVariant => variant !== 'int8');
}

function plain({ code, message }: Refusal): Refusal {
  return { code, message };
}

function cellRefusal(matrix: Matrix, cell: Cell): Refusal | null {
  if (cell.target.refusal !== null) return cell.target.refusal;
  const { device } = cell.target.known;
  const { threads } = matrix.devices;
  if (device.kind !== 'cpu' || threads === null || threads <= device.logicalCores) return null;
  return {
    code: 'too-many-threads',
    message: `The matrix asks for ${threads} threads; ${device.name} has ${device.logicalCores}. Lower devices.threads.`,
  };
}

function datasetMissing(facts: ModelFacts): Refusal {
  return {
    code: 'dataset-missing',
    message: `${facts.name} has an accuracy budget but no data: give data (.npz, .npy, IDX or a folder of images), or leave accuracy out.`,
  };
}

function expandVariants(
  matrix: Matrix,
  cell: Cell,
  facts: ModelFacts,
  dataset: BlobRef | null,
  shapes: Record<string, number[]>,
  expansion: Expansion,
): void {
  const refusals = entriesOf(matrix).map(([variant, recipe]) => ({
    variant,
    recipe,
    refusal: refusalOf(matrix, cell, variant, recipe),
  }));
  for (const { variant, recipe, refusal } of refusals) {
    if (refusal !== null) expansion.unsupported.push(answered(cell, shapes, variant, recipe, 'unsupported', refusal));
  }
  const kept = refusals.filter((entry) => entry.refusal === null);
  const floats = kept.flatMap((entry) => (entry.recipe === null ? [entry.variant as FloatVariant] : []));
  const recipes = kept.flatMap((entry) => (entry.recipe === null ? [] : [entry.recipe]));
  if (floats.length === 0) {
    for (const recipe of recipes) {
      expansion.unsupported.push(answered(cell, shapes, 'int8', recipe, 'not-measured', noFloat(matrix)));
    }
    return;
  }
  if (recipes.length === 0 && matrix.int8.length > 0) return;
  expansion.trials.push(trial(matrix, cell, facts, dataset, shapes, floats, recipes));
}

/** A class's agents may offer several versions of a runtime: one that can is enough; else the first one's reason. */
function refusalOf(matrix: Matrix, cell: Cell, variant: Variant, recipe: Recipe | null): Refusal | null {
  const { known, offers } = cell.target;
  const answers = offers.map((offer: RuntimeOffer) =>
    supports(known.device, offer, variant, recipe, { force: matrix.force }),
  );
  const first = answers[0];
  if (first === undefined || first.ok || answers.some((answer) => answer.ok)) return null;
  return plain(first);
}

function noFloat(matrix: Matrix): Refusal {
  const asked = floatsOf(matrix).join(', ');
  return {
    code: 'best-float-not-measured',
    message: `None of the float variants asked for (${asked}) runs here, so INT8 has nothing to beat: add fp32 to variants.`,
  };
}

function trial(
  matrix: Matrix,
  cell: Cell,
  facts: ModelFacts,
  dataset: BlobRef | null,
  shapes: Record<string, number[]>,
  floats: FloatVariant[],
  recipes: Recipe[],
): TrialSpec {
  const { known, runtime } = cell.target;
  const threads = known.device.kind === 'cpu' ? (matrix.devices.threads ?? known.device.threads) : null;
  const key = [
    facts.sha256,
    dataset?.sha256 ?? '',
    cell.batch,
    JSON.stringify(shapes),
    known.deviceClass,
    runtime,
    matrix.seed,
  ];
  return {
    model: { name: facts.name, sha256: facts.sha256 },
    dataset,
    batch: cell.batch,
    shapes,
    deviceClass: known.deviceClass,
    runtime,
    threads,
    floats,
    recipes: uniqueRecipes(recipes),
    plan: matrix.measure,
    accuracy: cell.asked.accuracy,
    seed: seedOf(key.join('|')),
    force: matrix.force,
  };
}

/** Labels name engines within a trial: a recipe written twice is measured once. */
function uniqueRecipes(recipes: readonly Recipe[]): Recipe[] {
  return [...new Map(recipes.map((recipe) => [recipeLabel(recipe), recipe])).values()];
}

function answered(
  cell: Cell,
  shapes: Record<string, number[]>,
  variant: Variant,
  recipe: Recipe | null,
  verdict: AnsweredCell['verdict'],
  refusal: Refusal,
): AnsweredCell {
  const { known, runtime, offers } = cell.target;
  const { name, sha256 } = cell.model.facts;
  const [only] = offers;
  return {
    model: { name, sha256 },
    batch: cell.batch,
    shapes,
    device: known.device,
    deviceClass: known.deviceClass,
    runtime,
    runtimeVersion: offers.length === 1 && only !== undefined ? only.version : null,
    variant,
    recipe,
    verdict,
    refusal,
  };
}
