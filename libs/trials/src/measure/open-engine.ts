import type { EngineRecord, Refusal } from '@octet/domain';
import { isOctetError } from '@octet/domain';
import type { BuiltEngine, LoadedEngine } from '@octet/engines';
import type { EngineIdentity } from '../cache/engine-cache.js';
import type { PlannedEngine } from '../plan-engines.js';
import type { VariantModel } from '../prepare/variant-model.js';

/** An engine on its way through a trial; what becomes of it is written into `record`. */
export interface TrialEngine {
  plan: PlannedEngine;
  record: EngineRecord;
  built: BuiltEngine | null;
  loaded: LoadedEngine | null;
  /** What it was built from; null until then. */
  model: Pick<VariantModel, 'path' | 'calibrationCachePath'> | null;
  /** What its cache entry is keyed by; null until it is built, and for twins. */
  identity: EngineIdentity | null;
  /** Builds the same engine again (or one that differs as said) into an empty folder; null until it is built, and for twins. */
  rebuild: ((outputDir: string, changes?: RebuildChanges) => Promise<BuiltEngine>) | null;
}

/** How a second build differs from the first. */
export interface RebuildChanges {
  modelPath?: string;
  options?: Record<string, unknown>;
}

/** The start of an engine's way: refused ones end here. */
export function plannedEngine(plan: PlannedEngine): TrialEngine {
  const record: EngineRecord = {
    label: plan.label,
    variant: plan.variant,
    recipe: plan.recipe,
    status: plan.refusal === null ? 'not-measured' : 'unsupported',
    refusal: plan.refusal,
    build: null,
    layers: null,
    accuracy: null,
  };
  return { plan, record, built: null, loaded: null, model: null, identity: null, rebuild: null };
}

/** A second process of the same engine, for the A/A control. */
export function twinEngine(label: string, of: TrialEngine): TrialEngine {
  const twin = plannedEngine({ ...of.plan, label });
  return { ...twin, built: of.built, record: { ...twin.record, build: of.record.build } };
}

/** Ends an engine's way; the others go on. */
export function fail(engine: TrialEngine, error: unknown): void {
  engine.record.status = 'failed';
  engine.record.refusal = refusalFrom(error);
}

function refusalFrom(error: unknown): Refusal {
  if (isOctetError(error)) return { code: error.code, message: error.message };
  return { code: 'engine-failed', message: error instanceof Error ? error.message : String(error) };
}
