import { classify, type EnvironmentWarning } from '@octet/domain';
import type { LoadedEngine } from '@octet/engines';
import { openModel } from '@octet/engines';
import type { Dataset } from '@octet/quantization';
import { clockOf } from './deps.js';
import { measureAccuracy } from './measure/accuracy.js';
import { layerAccuracy } from './measure/layer-accuracy.js';
import { energyOfRun } from './measure/energy.js';
import type { TrialEngine } from './measure/open-engine.js';
import type { TrialSource } from './trial-source.js';

/** Profiled runs: enough for a median, few enough for a profile file of some MB. */
const mostProfiledRuns = 60;
const fewestProfiledRuns = 10;
const profileMs = 3_000;

/**
 * After the rounds: memory, layers (from a separate profiled run) and accuracy of each engine that was measured. What fails
 * here leaves a gap, and its reason among the warnings: the times stand.
 */
export async function studyEngines(
  source: TrialSource,
  engines: readonly TrialEngine[],
  latencyNs: Latency,
): Promise<EnvironmentWarning[]> {
  const measured = engines.filter(({ record }) => record.status === 'measured');
  for (const engine of measured) await memoryOf(source, engine);
  if (source.deps.device.kind === 'cpu') {
    for (const engine of measured) engine.record.energyMillijoules = await energyOf(source, engine);
  }
  for (const engine of measured) await warmLoadOf(source, engine);
  for (const engine of measured) if (!isTwin(engine)) await profileOf(source, engine, latencyNs(engine.plan.label));
  return accuracyOf(source, measured);
}

/** Median time of one run by label, ns; null where nothing was measured. */
export type Latency = (label: string) => number | null;

function isTwin({ plan }: TrialEngine): boolean {
  return plan.variant !== 'int8' && plan.label !== plan.variant;
}

async function memoryOf({ deps }: TrialSource, { record, loaded }: TrialEngine): Promise<void> {
  if (record.build === null) return;
  try {
    record.build = { ...record.build, peakMemoryBytes: (await loaded?.peakMemoryBytes()) ?? null };
  } catch {
    deps.signal.throwIfAborted();
  }
}

/** A second on the CPU that the energy counters are read around; an engine that fails in it keeps its times. */
async function energyOf({ deps }: TrialSource, { loaded }: TrialEngine): Promise<number | null> {
  try {
    return await energyOfRun(loaded as LoadedEngine);
  } catch {
    deps.signal.throwIfAborted();
    return null;
  }
}

/** The same engine loaded once more, with its files in the page cache. On a CPU only: a GPU would hold it twice. */
async function warmLoadOf({ deps, inputs }: TrialSource, { record, built }: TrialEngine): Promise<void> {
  if (deps.device.kind !== 'cpu' || built === null || record.build === null) return;
  try {
    const again = await deps.runtime.open({
      engine: built,
      device: deps.device,
      inputs: inputs.batch,
      signal: deps.signal,
    });
    record.build = { ...record.build, warmLoadNs: again.loadNs };
    await again.dispose();
  } catch {
    deps.signal.throwIfAborted();
  }
}

/** A profile that can't be had leaves the layers unknown; the times stand. */
async function profileOf(source: TrialSource, engine: TrialEngine, latencyNs: number | null): Promise<void> {
  source.progress.tell('profile', engine.plan.label);
  try {
    const profile = await (engine.loaded as LoadedEngine).profile(profiledRuns(latencyNs));
    engine.record.layers = profile === null ? null : classify(profile.layers);
  } catch (error) {
    source.deps.signal.throwIfAborted();
    source.progress.tell('profile', `${engine.plan.label}: no layer times (${(error as Error).message})`);
  }
}

/** As many as 3 s hold, within 10 and 60. */
export function profiledRuns(latencyNs: number | null): number {
  if (latencyNs === null) return fewestProfiledRuns;
  const fitting = Math.floor((profileMs * 1e6) / latencyNs);
  return Math.min(mostProfiledRuns, Math.max(fewestProfiledRuns, fitting));
}

/** Random inputs say nothing about accuracy. */
async function accuracyOf(source: TrialSource, engines: readonly TrialEngine[]): Promise<EnvironmentWarning[]> {
  const judged = engines.filter(({ plan }) => plan.variant !== 'fp32');
  const { split } = source.inputs;
  if (split === null || source.inputs.source === 'random' || judged.length === 0) return [];
  const warnings: EnvironmentWarning[] = [];
  const { reference, close } = await referenceOf(source, engines);
  try {
    for (const engine of judged) {
      source.progress.tell('accuracy', engine.plan.label);
      try {
        engine.record.accuracy = await measureAccuracy({
          reference,
          engine: engine.loaded as LoadedEngine,
          dataset: split.heldOut,
          batch: source.spec.batch,
          budget: source.spec.accuracy,
          nowMs: clockOf(source.deps),
        });
      } catch (error) {
        source.deps.signal.throwIfAborted();
        warnings.push(accuracyFailed(engine, error));
      }
      if (engine.record.accuracy !== null) await layersOf(source, engine, split.heldOut);
    }
    return warnings;
  } finally {
    await close();
  }
}

function accuracyFailed({ plan }: TrialEngine, error: unknown): EnvironmentWarning {
  return {
    id: 'accuracy-failed',
    message: `${plan.label}: accuracy could not be measured: ${error instanceof Error ? error.message : String(error)}`,
    advice: 'The times stand; what INT8 loses is not known. Measure again, or compare the models with octet accuracy.',
  };
}

/** Which layers lose it; a comparison that can't be made leaves the layers unknown. Implicit INT8 has no model to look into. */
async function layersOf({ spec, deps, progress }: TrialSource, engine: TrialEngine, dataset: Dataset) {
  const { plan, record, model } = engine;
  if (plan.variant !== 'int8' || model === null || model.calibrationCachePath !== null) return;
  progress.tell('accuracy', `${plan.label}, layer by layer`);
  const { modelPath: referencePath, signal } = deps;
  const { shapes, batch, threads } = spec;
  try {
    const request = { referencePath, quantizedPath: model.path, shapes, dataset, batch, threads: threads ?? 1, signal };
    record.layerAccuracy = (await layerAccuracy(request)) ?? undefined;
  } catch (error) {
    signal.throwIfAborted();
    progress.tell('accuracy', `${plan.label}: layers not compared (${(error as Error).message})`);
  }
}

interface Reference {
  reference: Pick<LoadedEngine, 'infer'>;
  close: () => Promise<void>;
}

/** The FP32 engine that is timed; where none was asked for, the user's model run in FP32 beside. */
async function referenceOf({ deps, spec }: TrialSource, engines: readonly TrialEngine[]): Promise<Reference> {
  const timed = engines.find(({ plan }) => plan.label === 'fp32')?.loaded ?? null;
  if (timed !== null) return { reference: timed, close: () => Promise.resolve() };
  const options = { label: 'fp32 reference', threads: spec.threads ?? 1, signal: deps.signal };
  const session = await openModel(deps.modelPath, options);
  return { reference: { infer: (inputs) => session.run(inputs) }, close: () => session.dispose() };
}
