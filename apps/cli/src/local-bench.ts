import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import {
  defaultNoiseFloor,
  deviceClassOf,
  expandMatrix,
  isOwnModel,
  judge,
  OctetError,
  ortProviderOf,
  refusedBeside,
  rowsForRefusals,
  type Device,
  type Expansion,
  type KnownClass,
  type Matrix,
  type ModelFacts,
  type ResultRow,
  type RuntimeProbe,
  type TrialRecord,
  type TrialSpec,
} from '@octet/domain';
import { allowPlugins, createOnnxRuntime, createTensorRtRuntime, type OpenRequest, type Runtime } from '@octet/engines';
import { probeDevices, watchGpu } from '@octet/hardware';
import { hashModel, inspectModel, loadModel } from '@octet/onnx';
import type { TrialProgress } from '@octet/protocol';
import {
  localCalibrationTables,
  lockClocks,
  openCaches,
  runTrial,
  undoAbandonedLocks,
  type ClockLock,
  type TrialCaches,
} from '@octet/trials';
import { modelName } from './commands/models.js';
import { datasetFiles } from './dataset-files.js';
import type { GpuOptions } from './gpu-options.js';
import type { TrialOptions } from './trial-options.js';
import { bundleSha256, hashLocalFile } from './upload.js';

export interface LocalBench {
  rows: ResultRow[];
  records: TrialRecord[];
}

export interface LocalBenchHooks {
  onTrial: (spec: TrialSpec, index: number, total: number) => void;
  onProgress: (progress: TrialProgress) => void;
  /** Told of every engine of a trial, once it is open. */
  onEngine?: (request: OpenRequest) => void;
  signal: AbortSignal;
}

/** Without GPU options: the rounds and nothing beyond them. */
export type LocalTrialOptions = TrialOptions & Partial<GpuOptions>;

/** Measures a model here and now, with no controller, Postgres or Redis: the same trials that a matrix would give. */
export async function benchHere(
  modelPath: string,
  options: LocalTrialOptions,
  hooks: LocalBenchHooks,
): Promise<LocalBench> {
  const runtime = await runtimeOf(options);
  const probe = await requireProbe(runtime);
  const device = await deviceFor(options);
  if (device.kind === 'gpu') await undoAbandonedLocks();
  const { expansion, ownModels } = await expandHere(modelPath, options, device, probe);
  const caches = openCaches(cacheDir());
  const records: TrialRecord[] = [];
  for (const [index, spec] of expansion.trials.entries()) {
    hooks.onTrial(spec, index, expansion.trials.length);
    records.push(await trialHere(spec, { modelPath, options, device, runtime, ownModels, caches, hooks }));
  }
  const { trials, unsupported } = expansion;
  const judged = records.flatMap((record) =>
    judge(record, { noiseFloor: defaultNoiseFloor, refused: refusedBeside(record.spec, unsupported) }),
  );
  return { rows: [...judged, ...rowsForRefusals(unsupported, trials)], records };
}

interface TrialHere {
  modelPath: string;
  options: LocalTrialOptions;
  device: Device;
  runtime: Runtime;
  ownModels: Record<string, string>;
  caches: TrialCaches;
  hooks: LocalBenchHooks;
}

function trialHere(spec: TrialSpec, here: TrialHere): Promise<TrialRecord> {
  const { options, hooks, caches } = here;
  return runTrial(spec, {
    device: here.device,
    runtime: here.runtime,
    caches,
    modelPath: here.modelPath,
    datasetPath: options.data === null ? null : resolve(options.data),
    ownModels: here.ownModels,
    calibrationTables: localCalibrationTables(caches.calibrationTables),
    onProgress: hooks.onProgress,
    ...(hooks.onEngine !== undefined && { onEngine: hooks.onEngine }),
    signal: hooks.signal,
    noiseFloor: defaultNoiseFloor,
    lockClocks: clockLockOf(here),
    study: options.study ?? { gpuModes: [], builds: 1 },
    buildOptions: options.runtime === 'tensorrt' ? (options.buildOptions ?? {}) : {},
    ...(options.buildLimitMs !== undefined && { buildLimitMs: options.buildLimitMs }),
    ...(here.device.kind === 'gpu' ? { telemetry: watchGpu(here.device.id) } : {}),
  });
}

function clockLockOf({ options, device }: TrialHere): (() => Promise<ClockLock>) | null {
  const mhz = options.lockClocksMhz ?? null;
  return mhz === null || device.kind !== 'gpu' ? null : () => lockClocks(device.id, mhz);
}

/** XDG_CACHE_HOME/octet, or OCTET_CACHE_DIR. */
export function cacheDir(): string {
  return process.env['OCTET_CACHE_DIR'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'octet');
}

async function runtimeOf(options: LocalTrialOptions): Promise<Runtime> {
  const provider = ortProviderOf(options.runtime);
  if (provider !== null) return createOnnxRuntime({ provider });
  if (options.runtime === 'tensorrt') {
    // Whoever starts `octet bench` is the operator: what he names is allowed, as it is now.
    const plugins = await allowPlugins(options.plugins ?? []);
    return createTensorRtRuntime({ timingCacheDir: join(cacheDir(), 'timing'), plugins, force: options.force });
  }
  throw new OctetError(
    'option-invalid',
    `--runtime ${options.runtime} is not built into octet bench: use onnxruntime, tensorrt, onnxruntime-cuda or onnxruntime-tensorrt.`,
  );
}

async function requireProbe(runtime: Runtime): Promise<RuntimeProbe> {
  const probe = await runtime.probe();
  if (probe !== null) return probe;
  const reason = (await runtime.whyAbsent?.()) ?? null;
  if (reason !== null) throw new OctetError(reason.code, reason.message);
  throw new OctetError(
    'runtime-missing',
    `${runtime.name} does not work on this host. Run \`npm ci\` again and look at what it prints.`,
  );
}

async function deviceFor(options: LocalTrialOptions): Promise<Device> {
  const devices = await probeDevices(options.threads);
  const wanted = options.runtime === 'onnxruntime' ? 'cpu' : 'gpu';
  const id = options.deviceId ?? null;
  if (id !== null) return chosenDevice(devices, id, wanted);
  const device = devices.find((candidate) => candidate.kind === wanted);
  if (device === undefined)
    throw new OctetError(
      'device-missing',
      `No ${wanted.toUpperCase()} was found here; \`octet agents\` lists those of the fleet.`,
    );
  return device;
}

function chosenDevice(devices: readonly Device[], id: string, wanted: 'cpu' | 'gpu'): Device {
  const fitting = devices.filter(({ kind }) => (kind === 'cpu') === (wanted === 'cpu'));
  const found = fitting.find((device) => device.id === id || (device.kind === 'gpu' && String(device.index) === id));
  if (found !== undefined) return found;
  const known = fitting.map((device) => (device.kind === 'gpu' ? `${device.index} (${device.id})` : device.id));
  const have = known.length === 0 ? 'this host has none' : `this host has ${known.join(', ')}`;
  throw new OctetError('device-missing', `--device ${id}: no such device for this runtime; ${have}.`);
}

interface Expanded {
  expansion: Expansion;
  /** Paths of the recipes' own models, by SHA-256. */
  ownModels: Record<string, string>;
}

async function expandHere(
  modelPath: string,
  options: TrialOptions,
  device: Device,
  probe: RuntimeProbe,
): Promise<Expanded> {
  const facts = await modelFacts(modelPath);
  const dataset = options.data === null ? null : await datasetRef(options.data);
  const known: KnownClass = { deviceClass: deviceClassOf(device), device, runtimes: [probe] };
  const digests: Record<string, string> = {};
  const ownModels: Record<string, string> = {};
  for (const recipe of options.recipes) {
    if (!isOwnModel(recipe)) continue;
    const sha256 = await hashModel(recipe.model);
    digests[recipe.model] = sha256;
    ownModels[sha256] = recipe.model;
  }
  const matrix = matrixOf(modelPath, facts, options);
  return { expansion: expandMatrix(matrix, [{ facts, dataset, refusal: null }], [known], digests), ownModels };
}

export async function modelFacts(path: string): Promise<ModelFacts> {
  const info = inspectModel(await loadModel(path));
  const inputs = info.inputs.map((input) => ({ name: input.name, dims: [...(input.shape ?? [])] }));
  return { name: modelName(path), sha256: await hashModel(path), inputs };
}

async function datasetRef(path: string): Promise<{ name: string; sha256: string }> {
  const hashed = [];
  for (const file of datasetFiles(path)) hashed.push(await hashLocalFile(file));
  return { name: basename(path), sha256: bundleSha256(hashed) };
}

function matrixOf(modelPath: string, facts: ModelFacts, options: TrialOptions): Matrix {
  const shapes = Object.keys(options.shapes).length === 0 ? [] : [options.shapes];
  return {
    name: 'bench',
    models: [{ source: { path: modelPath }, shapes, data: options.data, accuracy: options.accuracy }],
    batches: options.batches ?? [ownBatch(facts, options)],
    variants: [...options.floats, ...(options.recipes.length > 0 ? (['int8'] as const) : [])],
    int8: options.recipes,
    devices: { architectures: null, classes: null, runtimes: [options.runtime], threads: options.threads },
    measure: options.plan,
    priority: 1,
    seed: options.seed,
    force: options.force,
  };
}

/** The batch of a model that fixes one, or of the shape that was asked for; else 1. */
function ownBatch(facts: ModelFacts, options: TrialOptions): number {
  const first = facts.inputs[0];
  const asked = first === undefined ? undefined : options.shapes[first.name]?.[0];
  const own = asked ?? first?.dims[0];
  return typeof own === 'number' && own > 0 && (first?.dims.length ?? 0) > 1 ? own : 1;
}
