import {
  derivedSeed,
  ortProviderOf,
  recipeLabel,
  seededRandom,
  supports,
  type Device,
  type FloatVariant,
  type Recipe,
  type Refusal,
  type RuntimeProbe,
  type TrialSpec,
  type Variant,
} from '@octet/domain';

/** One engine that a trial wants. */
export interface PlannedEngine {
  label: string;
  variant: Variant;
  recipe: Recipe | null;
  /** Why it is not built; null if it is. */
  refusal: Refusal | null;
}

/** The engines of a trial in the spec's order, floats first; impossible ones with the reason. */
export function planEngines(spec: TrialSpec, device: Device, probe: RuntimeProbe): PlannedEngine[] {
  const plan = (label: string, variant: Variant, recipe: Recipe | null): PlannedEngine => ({
    label,
    variant,
    recipe,
    refusal: refusalOf(spec, device, probe, variant, recipe),
  });
  return [
    ...spec.floats.map((variant) => plan(variant, variant, null)),
    ...spec.recipes.map((recipe) => plan(recipeLabel(recipe), 'int8', recipe)),
  ];
}

function refusalOf(
  spec: TrialSpec,
  device: Device,
  probe: RuntimeProbe,
  variant: Variant,
  recipe: Recipe | null,
): Refusal | null {
  const answer = supports(device, probe, variant, recipe, { force: spec.force });
  if (!answer.ok) return { code: answer.code, message: answer.message };
  return notBuiltYet(probe, variant);
}

/** What Octet itself can't make yet, said before any work is done. */
function notBuiltYet(probe: RuntimeProbe, variant: Variant): Refusal | null {
  if (ortProviderOf(probe.name) !== null && variant === 'bf16') {
    const message = `Octet does not rewrite models to ${variant} for ONNX Runtime yet: ask for fp32.`;
    return { code: 'variant-not-built', message };
  }
  return null;
}

/** A stream of the trial's seed that nothing else uses. */
const twinStream = 0x2f2f;

/**
 * The float engine that is measured twice (A/A control), or null: decided by the trial's seed, so that the same trial always
 * decides alike.
 */
export function twinOf(spec: TrialSpec, share: number): { label: string; of: FloatVariant } | null {
  const first = spec.floats[0];
  if (first === undefined || seededRandom(derivedSeed(spec.seed, twinStream))() >= share) return null;
  return { label: `${first}#2`, of: first };
}
