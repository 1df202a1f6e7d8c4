import { createHash } from 'node:crypto';
import {
  defaultPlan,
  deviceClassOf,
  isOctetError,
  OctetError,
  type ClassedLayer,
  type EngineRecord,
  type FloatVariant,
  type GpuDevice,
  type Recipe,
  recipeLabel,
  type TrialRecord,
} from '@octet/domain';
import { isIncomplete, readEngine, type EngineExports, type ReadEngine } from './engine-exports.js';
import { gpuOf, unknownGpu } from './logged-gpu.js';

export interface ImportRequest {
  /** What the model is called from now on. */
  name: string;
  /** Exports by variant: `fp32`, `tf32`, `fp16`, `bf16`, and any other name for an INT8 engine. */
  variants: ReadonlyMap<string, EngineExports>;
  /** When the import happened, ISO 8601: exports don't tell when they were made. */
  importedAt: string;
}

interface Variant {
  name: string;
  exports: EngineExports;
  float: FloatVariant | null;
  /** What was read, or why nothing could be. */
  read: ReadEngine | { code: string; message: string };
}

const floatNames: ReadonlySet<string> = new Set(['fp32', 'tf32', 'fp16', 'bf16']);

/**
 * A trial's record out of trtexec's exports. One run of each engine is one round: the verdict will rest on no more than that.
 * The model's own hash is not known: the hash of the exports stands for it, so that the same exports are the same model.
 *
 * @throws OctetError `exports-missing` when no variant holds an engine with times.
 */
export function importedRecord(request: ImportRequest): TrialRecord {
  const variants = [...request.variants].map(([name, exports]) => readVariant(name, exports));
  const readable = variants.flatMap(({ read }) => (isRead(read) && read.samplesNs !== null ? [read] : []));
  const first = readable[0];
  if (first === undefined) {
    throw new OctetError(
      'exports-missing',
      'No engine here has layers and times: export them with trtexec --exportLayerInfo and --exportTimes.',
    );
  }
  const device = readable.map((read) => gpuOf(read.device)).find((gpu) => gpu !== null) ?? unknownGpu;
  const version = readable.map((read) => read.log?.version).find((known) => known !== undefined && known !== null);
  return {
    schemaVersion: 1,
    spec: specOf(request, variants, first, device),
    device,
    runtime: { name: 'tensorrt', version: version ?? 'unknown', providers: [], origin: 'imported exports of trtexec' },
    startedAt: request.importedAt,
    endedAt: request.importedAt,
    engines: variants.map(engineRecord),
    rounds: [oneRound(variants)],
    stop: 'time-out',
    telemetry: [],
    environment: { warnings: [], facts: { imported: true, deviceKnown: device !== unknownGpu } },
    // trtexec fills inputs with random values unless told otherwise; exports don't tell.
    inputs: { source: 'random', seed: 0, count: batchOf(first) },
  };
}

function readVariant(name: string, exports: EngineExports): Variant {
  const lower = name.toLowerCase();
  const float = floatNames.has(lower) ? (lower as FloatVariant) : null;
  return { name, exports, float, read: readOrRefusal(exports) };
}

function readOrRefusal(exports: EngineExports): Variant['read'] {
  try {
    const read = readEngine(exports);
    if (!isIncomplete(read)) return read;
    return { code: 'build-incomplete', message: `The build did not end: ${read.lastLines.at(-1) ?? ''}` };
  } catch (error) {
    if (isOctetError(error)) return { code: error.code, message: error.message };
    throw error;
  }
}

function isRead(read: Variant['read']): read is ReadEngine {
  return 'layers' in read;
}

function specOf(
  { name, variants: given }: ImportRequest,
  variants: readonly Variant[],
  first: ReadEngine,
  device: GpuDevice,
): TrialRecord['spec'] {
  return {
    model: { name, sha256: hashOf(given) },
    dataset: null,
    batch: batchOf(first),
    shapes: graphInputs(first.layers),
    deviceClass: deviceClassOf(device),
    runtime: 'tensorrt',
    threads: null,
    floats: variants.flatMap(({ float }) => (float === null ? [] : [float])),
    recipes: variants.flatMap((variant) => recipeOf(variant) ?? []),
    plan: defaultPlan,
    accuracy: null,
    seed: 0,
    force: false,
  };
}

function hashOf(variants: ImportRequest['variants']): string {
  const hash = createHash('sha256');
  for (const [name, exports] of [...variants].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([name, exports.layers, exports.profile, exports.times]));
  }
  return hash.digest('hex');
}

/** Whoever built it chose how: for Octet it is a model of the user's own. */
function recipeOf({ name, float }: Variant): Recipe | null {
  return float === null ? { model: name, sha256: null } : null;
}

function labelOf(variant: Variant): string {
  const recipe = recipeOf(variant);
  return recipe === null ? (variant.float ?? variant.name) : recipeLabel(recipe);
}

function batchOf({ layers }: ReadEngine): number {
  const dims = Object.values(graphInputs(layers))[0];
  return Math.max(dims?.[0] ?? 1, 1);
}

/** Tensors that no layer produces: the network's inputs. */
function graphInputs(layers: readonly ClassedLayer[]): Record<string, number[]> {
  const produced = new Set(layers.flatMap((layer) => layer.outputs.map((output) => output.name)));
  const inputs: Record<string, number[]> = {};
  for (const tensor of layers.flatMap((layer) => layer.inputs)) {
    if (!produced.has(tensor.name) && tensor.dims !== null)
      inputs[tensor.name] ??= tensor.dims.map((size) => Math.max(size, 0));
  }
  return inputs;
}

function engineRecord(variant: Variant): EngineRecord {
  const { read, float } = variant;
  const known = isRead(read);
  const measured = known && read.samplesNs !== null;
  return {
    label: labelOf(variant),
    variant: float ?? 'int8',
    recipe: recipeOf(variant),
    status: measured ? 'measured' : 'not-measured',
    refusal: measured
      ? null
      : known
        ? { code: 'times-missing', message: 'There are no raw times of this engine.' }
        : read,
    build: null,
    layers: known && read.layers.some((layer) => layer.timeNs !== null) ? read.layers : null,
    accuracy: null,
  };
}

function oneRound(variants: readonly Variant[]): TrialRecord['rounds'][number] {
  const samples = Object.fromEntries(
    variants.flatMap((variant) =>
      isRead(variant.read) && variant.read.samplesNs !== null ? [[labelOf(variant), [...variant.read.samplesNs]]] : [],
    ),
  );
  return { index: 0, startedMs: 0, order: Object.keys(samples), samples, voided: null };
}
