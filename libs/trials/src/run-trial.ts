import {
  controlShare,
  endToEndNs,
  OctetError,
  type Device,
  type Peaks,
  type RuntimeProbe,
  type TrialRecord,
  type TrialSpec,
} from '@octet/domain';
import { loadModel, modelWork } from '@octet/onnx';
import { buildEngines } from './build-engines.js';
import { clockOf, systemClock, type TrialDeps } from './deps.js';
import { environmentWarnings, hostFacts, oneOfEach, processWarnings, runtimeWarnings } from './host/environment.js';
import { lockedClocks } from './host/locked-clocks.js';
import { gpuPreflight } from './host/gpu-preflight.js';
import { deviceWarnings, hostPreflight, type Preflight } from './host/preflight.js';
import { hostLock, noHostLock, type HostLock, type HostWork } from './host/host-lock.js';
import { measureEngines, openEngines, type MeasuredRounds } from './measure-engines.js';
import { incidentFacts } from './measure/incidents.js';
import { cpuPeaks } from './measure/cpu-peaks.js';
import { measureModes } from './measure/measure-modes.js';
import { plannedEngine, twinEngine, type TrialEngine } from './measure/open-engine.js';
import { measureBorders } from './measure/measure-borders.js';
import { measureBuilds } from './measure/measure-builds.js';
import { checkRebuilds } from './measure/rebuild.js';
import { planEngines, twinOf } from './plan-engines.js';
import { fixedBatch, modelInputs } from './prepare/model-inputs.js';
import { noInputs, trialInputs } from './prepare/trial-inputs.js';
import { variantModel, type VariantModel } from './prepare/variant-model.js';
import { ProgressTeller } from './progress.js';
import { studyEngines } from './study-engines.js';
import type { TrialSource } from './trial-source.js';

/**
 * Runs one trial on this machine: rewrites and builds every variant (caches first), measures all of them side by side in
 * interleaved rounds until the verdict is settled or time ends, then profiles them and judges accuracy. An engine that fails
 * ends with its reason in its record; the others go on. Cancelled during the rounds, the record holds what was measured, with
 * stop `cancelled`.
 *
 * @throws OctetError when the trial as a whole can't be done: `runtime-missing`, the codes of `loadModel` and `readDataset`,
 *   `shape-missing`, `engine-cancelled` when the signal fires before the first round ended.
 */
export async function runTrial(spec: TrialSpec, deps: TrialDeps): Promise<TrialRecord> {
  const clock = deps.clock ?? systemClock;
  const startedAt = clock.date().toISOString();
  const facts = { ...hostFacts(), ...deps.facts };
  const probe = await probed(deps);
  const engines = planEngines(spec, deps.device, probe).map(plannedEngine);
  try {
    const source = await whileHolding(deps, 'prepare', () => prepare(spec, deps, engines, probe));
    const twin = twinIn(spec, deps, engines);
    if (twin !== null) engines.push(twin);
    const { measured, before, beside } = await whileHolding(deps, measuringWork(deps), () =>
      measure(source, engines, probe),
    );
    const incidents = incidentFacts(engines);
    return {
      schemaVersion: 1,
      spec,
      device: deps.device,
      runtime: probe,
      startedAt,
      endedAt: clock.date().toISOString(),
      engines: engines.map(({ record }) => record),
      rounds: measured.rounds,
      stop: measured.stop,
      telemetry: measured.telemetry,
      environment: {
        warnings: oneOfEach([
          ...before.warnings,
          ...deviceWarnings(deps.device),
          ...runtimeWarnings(deps.runtime.name),
          ...environmentWarnings(measured.telemetry),
          ...processWarnings(measured.keptProcesses),
          ...incidents.warnings,
        ]),
        facts: {
          ...before.facts,
          ...facts,
          twinShare: deps.twinShare ?? controlShare,
          ...inputFacts(source),
          ...cacheFacts(source.progress),
          keptProcesses: measured.keptProcesses,
          ...incidents.facts,
        },
      },
      inputs: { source: source.inputs.source, seed: source.inputs.seed, count: spec.batch },
      ...(source.work !== null && { work: source.work }),
      ...beside,
    };
  } catch (cause) {
    if (!deps.signal.aborted) throw cause;
    throw new OctetError('engine-cancelled', 'The trial was cancelled.', { cause });
  } finally {
    deps.telemetry?.stop?.();
    await Promise.all(engines.flatMap(({ loaded }) => loaded?.dispose() ?? []));
  }
}

async function probed({ runtime }: TrialDeps): Promise<RuntimeProbe> {
  const probe = await runtime.probe();
  if (probe !== null) return probe;
  throw new OctetError(
    'runtime-missing',
    `${runtime.name} is not on this host, or does not start. Install it, or choose another runtime.`,
  );
}

async function whileHolding<T>(deps: TrialDeps, work: HostWork, run: () => Promise<T>): Promise<T> {
  const release = await lockOf(deps).acquire(work, deps.signal);
  try {
    return await run();
  } finally {
    release();
  }
}

function lockOf(deps: TrialDeps): HostLock {
  return deps.hostLock ?? (isPlayed(deps) ? noHostLock : hostLock());
}

/** Engines of two GPUs do not disturb each other; on a CPU they share the cores. */
function measuringWork({ device }: TrialDeps): HostWork {
  return device.kind === 'cpu' ? 'measure-alone' : 'measure';
}

async function prepare(
  spec: TrialSpec,
  deps: TrialDeps,
  engines: readonly TrialEngine[],
  probe: RuntimeProbe,
): Promise<TrialSource> {
  const progress = new ProgressTeller(deps.onProgress);
  const source = isPlayed(deps) ? playedSource(spec, deps, progress) : await realSource(spec, deps, progress, probe);
  await buildEngines(source, engines, probe);
  return source;
}

async function realSource(
  spec: TrialSpec,
  deps: TrialDeps,
  progress: ProgressTeller,
  probe: RuntimeProbe,
): Promise<TrialSource> {
  progress.tell('prepare', 'reading the model and its inputs');
  const model = await loadModel(deps.modelPath);
  const inputs = await trialInputs(spec, modelInputs(model, spec.shapes), deps.datasetPath, fixedBatch(model));
  const rewrite = { spec, deps, probe, model, inputs, progress };
  const work = modelWork(model, spec.shapes);
  return { spec, deps, inputs, progress, work, variantModel: (engine) => variantModel(rewrite, engine) };
}

/** Runtimes that execute nothing need no model rewritten, no inputs and no quiet host. */
function isPlayed({ runtime }: TrialDeps): boolean {
  return runtime.name === 'scripted' || runtime.name === 'null';
}

function playedSource(spec: TrialSpec, deps: TrialDeps, progress: ProgressTeller): TrialSource {
  const model: VariantModel = {
    path: deps.modelPath,
    modelSha256: spec.model.sha256,
    calibrationTableSha256: null,
    targets: [],
    recipe: null,
    chosen: null,
    calibrationCachePath: null,
    typed: false,
  };
  return { spec, deps, inputs: noInputs, progress, work: null, variantModel: () => Promise.resolve(model) };
}

function twinIn(spec: TrialSpec, deps: TrialDeps, engines: readonly TrialEngine[]): TrialEngine | null {
  const twin = twinOf(spec, deps.twinShare ?? controlShare);
  const of = engines.find(({ plan }) => plan.label === twin?.of);
  return twin === null || of === undefined || of.built === null ? null : twinEngine(twin.label, of);
}

interface Measured {
  measured: MeasuredRounds;
  /** The host just before its engines were loaded. */
  before: TrialRecord['environment'];
  beside: BesideRounds;
}

/** What was measured beyond the rounds; what was not is left out. */
type BesideRounds = Pick<TrialRecord, 'modes' | 'builds' | 'borders' | 'peaks'>;

async function measure(source: TrialSource, engines: readonly TrialEngine[], probe: RuntimeProbe): Promise<Measured> {
  const look = await preflightOf(source.deps)();
  const locked = await lockedClocks(source.deps);
  try {
    return await measureUnder(source, engines, probe, {
      facts: { ...look.facts, ...locked.facts },
      warnings: [...look.warnings, ...locked.warnings],
    });
  } finally {
    await locked.release();
  }
}

async function measureUnder(
  source: TrialSource,
  engines: readonly TrialEngine[],
  probe: RuntimeProbe,
  before: TrialRecord['environment'],
): Promise<Measured> {
  await openEngines(source, engines);
  const measured = await measureEngines(source, engines);
  if (measured.stop === 'cancelled') return { measured, before, beside: {} };
  const gaps = await studyEngines(source, engines, (label) => endToEndNs(measured.rounds, label));
  const beside = await measureBeside(source, engines, measured);
  const peaks = await peaksOfDevice(source.deps, probe);
  return {
    measured,
    before: { ...before, warnings: [...before.warnings, ...gaps] },
    beside: { ...beside, ...(peaks !== null && { peaks }) },
  };
}

/** A trial is not lost because its device's peaks could not be measured: they only explain. */
async function peaksOfDevice(
  { device, runtime, caches, signal }: TrialDeps,
  probe: RuntimeProbe,
): Promise<Peaks | null> {
  if (device.kind !== 'cpu' || runtime.name !== 'onnxruntime') return null;
  try {
    return await cpuPeaks({ device, runtime, runtimeVersion: probe.version, cache: caches.peaks, signal });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function measureBeside(
  source: TrialSource,
  engines: readonly TrialEngine[],
  { rounds, elapsedMs }: MeasuredRounds,
): Promise<BesideRounds> {
  const nowMs = clockOf(source.deps);
  const endMs = nowMs() + source.spec.plan.maxSeconds * 1000 - elapsedMs;
  const modes = await measureModes(source, engines, rounds, endMs - nowMs());
  await checkRebuilds(source, engines, rounds, endMs - nowMs());
  const builds = await measureBuilds(source, engines, rounds);
  const borders = await measureBorders(source, engines);
  return {
    ...(modes.length > 0 && { modes }),
    ...(builds.length > 0 && { builds }),
    ...(borders.length > 0 && { borders }),
  };
}

/** Runtimes that execute nothing do not care how busy the host is. */
function preflightOf(deps: TrialDeps): Preflight {
  if (deps.preflight !== undefined) return deps.preflight;
  return isPlayed(deps) ? () => Promise.resolve({ facts: {}, warnings: [] }) : () => wholePreflight(deps.device);
}

async function wholePreflight(device: Device): Promise<TrialRecord['environment']> {
  const [host, gpu] = await Promise.all([hostPreflight(), gpuPreflight(device)]);
  return { facts: { ...host.facts, ...gpu.facts }, warnings: [...host.warnings, ...gpu.warnings] };
}

/** Where the dataset is too small to hold anything out, accuracy is judged on what calibrated: it flatters. */
function inputFacts({ inputs }: TrialSource): Record<string, boolean | null> {
  return { accuracyInputsHeldOut: inputs.split === null ? null : !inputs.split.overlaps };
}

function cacheFacts(progress: ProgressTeller): Record<string, number> {
  const { hits, builds, calibrations } = progress.counts;
  return { cacheHits: hits, engineBuilds: builds, calibrations };
}
