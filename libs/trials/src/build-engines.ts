import { join } from 'node:path';
import { deviceClassOf, recipeLabel, type Device, type RuntimeProbe } from '@octet/domain';
import type { BuildRequest, BuiltEngine } from '@octet/engines';
import { unfusedTargets } from '@octet/quantization';
import type { EngineIdentity } from './cache/engine-cache.js';
import type { TrialDeps } from './deps.js';
import { fail, type RebuildChanges, type TrialEngine } from './measure/open-engine.js';
import { preparationVersion, type VariantModel } from './prepare/variant-model.js';
import type { TrialSource } from './trial-source.js';

/** A build that takes longer is given up; TensorRT needs minutes for large networks. */
export const defaultBuildLimitMs = 15 * 60_000;

/** Makes the model and the engine of every planned engine, one after another. One that fails says why; the others go on. */
export async function buildEngines(
  source: TrialSource,
  engines: readonly TrialEngine[],
  probe: RuntimeProbe,
): Promise<void> {
  for (const engine of engines) {
    if (engine.record.refusal !== null) continue;
    try {
      await buildEngine(source, engine, probe);
    } catch (error) {
      source.deps.signal.throwIfAborted();
      fail(engine, error);
    }
  }
}

async function buildEngine(source: TrialSource, engine: TrialEngine, probe: RuntimeProbe): Promise<void> {
  source.progress.tell('prepare', engine.plan.label);
  const model = await source.variantModel(engine.plan);
  const identity = identityOf(source, engine, model, probe);
  const { built, cacheHit } = await cachedOrBuilt(source, engine, model, identity);
  const { manifest } = built;
  engine.built = built;
  engine.identity = identity;
  engine.model = model;
  engine.rebuild = (outputDir, changes) =>
    source.deps.runtime.build(buildRequest(source, engine.plan, model, outputDir, changes));
  engine.record.build = {
    cacheHit,
    buildNs: manifest.buildNs,
    sizeBytes: manifest.sizeBytes,
    sha256: manifest.sha256,
    firstLoadNs: null,
    peakMemoryBytes: null,
    options: {
      ...manifest.options,
      threads: manifest.threads,
      runtimeVersion: manifest.runtimeVersion,
      ...(model.chosen !== null && { chosen: model.chosen }),
    },
    unfusedTargets: await unfused(built, model.targets),
    calibrationTableSha256: model.calibrationTableSha256,
  };
}

async function cachedOrBuilt(
  source: TrialSource,
  { plan }: TrialEngine,
  model: VariantModel,
  identity: EngineIdentity,
): Promise<{ built: BuiltEngine; cacheHit: boolean }> {
  const { deps, progress } = source;
  const found = await deps.caches.engines.get(identity);
  if (found !== null) {
    progress.count('hits');
    return { built: found, cacheHit: true };
  }
  progress.count('builds');
  progress.tell('build', plan.label);
  const built = await deps.caches.engines.build(identity, (outputDir) =>
    deps.runtime.build(buildRequest(source, plan, model, outputDir)),
  );
  return { built, cacheHit: false };
}

function buildRequest(
  { spec, deps, progress }: TrialSource,
  plan: TrialEngine['plan'],
  model: VariantModel,
  outputDir: string,
  { modelPath = model.path, options = {} }: RebuildChanges = {},
): BuildRequest {
  return {
    label: plan.label,
    variant: plan.variant,
    modelPath,
    shapes: spec.shapes,
    device: deps.device,
    threads: spec.threads,
    outputDir,
    calibrationCachePath: model.calibrationCachePath,
    options: { ...builderOptions(deps, plan, model), ...options },
    timeLimitMs: deps.buildLimitMs ?? defaultBuildLimitMs,
    signal: deps.signal,
    onProgress: (line) => progress.tell('build', `${plan.label}: ${line}`),
  };
}

/** What the builder is told beside the recipe: by the caller, the recipe and the rewritten model. */
function builderOptions(
  { buildOptions, runtime }: Pick<TrialDeps, 'buildOptions' | 'runtime'>,
  { recipe }: TrialEngine['plan'],
  { typed }: VariantModel,
): Record<string, unknown> {
  return {
    ...buildOptions,
    ...(runtime.name === 'tensorrt' && recipe?.rest !== undefined && { rest: recipe.rest }),
    ...(runtime.name === 'tensorrt' && typed && { typedModel: true }),
  };
}

function identityOf(
  { spec, deps }: TrialSource,
  { plan }: TrialEngine,
  model: VariantModel,
  probe: RuntimeProbe,
): EngineIdentity {
  return {
    modelSha256: model.modelSha256,
    variant: plan.variant,
    recipe: model.recipe === null ? recipeOf(plan) : recipeLabel(model.recipe),
    calibrationTableSha256: model.calibrationTableSha256,
    shapes: spec.shapes,
    threads: spec.threads,
    deviceClass: deviceClassOf(deps.device),
    runtime: deps.runtime.name,
    runtimeVersion: probe.version,
    options: builderOptions(deps, plan, model),
    driverMajor: driverMajorOf(deps.device),
    preparation: preparationVersion,
  };
}

/** An engine is built with kernels of the driver's generation beside it; null where there is none (CPU). */
function driverMajorOf(device: Device): string | null {
  return device.kind === 'gpu' ? (device.driverVersion?.split('.')[0] ?? null) : null;
}

/** Own models and what played runtimes build: nothing was chosen. */
function recipeOf({ recipe, label }: TrialEngine['plan']): string | null {
  return recipe === null ? null : label;
}

/** Only ONNX Runtime's engine is an ONNX file, in which the targets can be looked for. */
async function unfused({ dir, manifest }: BuiltEngine, targets: readonly string[]): Promise<string[]> {
  const file = manifest.files.find((name) => name.endsWith('.onnx'));
  if (manifest.runtime !== 'onnxruntime' || file === undefined) return [];
  return unfusedTargets(join(dir, file), targets);
}
