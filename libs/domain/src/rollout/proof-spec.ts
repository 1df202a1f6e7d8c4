import { isOwnModel, type FloatVariant, type Recipe } from '../recipe.js';
import { OctetError } from '../errors.js';
import type { ResultRow } from '../result-row.js';
import { defaultPlan, type TrialSpec } from '../trial.js';
import { pointAt, type LatencyCurve } from './latency-curve.js';
import type { ServedPlan } from './serving-proof.js';

/** Each engine is built, opened and run for so long before the load; nothing is judged from it. */
const briefly = { ...defaultPlan, minRounds: 3, maxSeconds: 2 };

/**
 * The trial that serves a plan with the engines of a curve: as `measured`, the trial of the curve's newest point, but with this
 * variant alone. Its batch is that of the largest engine.
 *
 * @throws OctetError `engine-missing` for an engine outside the curve, `serving-unsupported` for a runtime that can't serve.
 */
export function proofSpec(
  measured: TrialSpec,
  row: ResultRow,
  curve: LatencyCurve,
  asked: { plan: ServedPlan; seconds: number; seed: number },
): TrialSpec {
  if (measured.runtime !== 'onnxruntime')
    throw new OctetError(
      'serving-unsupported',
      `Plans are served with onnxruntime; this one was measured with ${measured.runtime}.`,
    );
  const points = asked.plan.engines.map((batch) => pointAt(curve, batch));
  const missing = asked.plan.engines.find((_, index) => points[index] === null);
  if (missing !== undefined || points.length === 0)
    throw new OctetError('engine-missing', `The engine of batch ${missing} lies outside what was measured.`);
  const batch = Math.max(...asked.plan.engines);
  const float = curve.variant in row.floats ? [curve.variant as FloatVariant] : [];
  return {
    ...sizedSpec(measured, batch),
    floats: float,
    recipes: float.length > 0 ? [] : measured.recipes.filter((recipe) => sameRecipe(recipe, row.recipe)),
    plan: briefly,
    accuracy: null,
    serve: { ...asked, points: points.flatMap((point) => point ?? []) },
  };
}

/** The same trial at another batch: the first dimension of an input counts samples. */
export function sizedSpec(spec: TrialSpec, batch: number): TrialSpec {
  const shapes = Object.entries(spec.shapes).map(([name, dims]) => [
    name,
    dims.map((dim, index) => (index === 0 && dim === spec.batch ? batch : dim)),
  ]);
  return { ...spec, batch, shapes: Object.fromEntries(shapes) as TrialSpec['shapes'] };
}

function sameRecipe(recipe: Recipe, document: ResultRow['recipe']): boolean {
  if (document === null) return false;
  if (isOwnModel(recipe)) return recipe.sha256 === document['sha256'];
  return Object.entries(recipe).every(([key, value]) => JSON.stringify(value) === JSON.stringify(document[key]));
}
