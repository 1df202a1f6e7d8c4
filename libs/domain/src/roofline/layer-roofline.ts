import { workTokens } from '../diagnosis/match-layers.js';
import { computesInInt8 } from '../judge/int8-use.js';
import type { ClassedLayer, DataType, LayerTensor, LayerWork } from '../layer.js';
import type { Variant } from '../recipe.js';
import type { Peaks } from './peaks.js';

/**
 * One layer under the roofline (Williams, Waterman & Patterson, CACM 52, 2009): no faster than its operations at peak rate, nor
 * than its bytes at peak bandwidth.
 */
export interface LayerRoofline {
  name: string;
  /** The runtime's operator. */
  type: string;
  /** Operations (a multiply-add is two); null where the model does not tell. */
  operations: number | null;
  /** Bytes of activations in and out and of weights; null where a shape is not known. */
  bytes: number | null;
  /** Operations for each byte. */
  intensity: number | null;
  /** Least possible time, ns; null where neither is known. */
  boundNs: number | null;
  limitedBy: 'compute' | 'memory' | null;
  timeNs: number | null;
  /** boundNs / timeNs: the share of the roofline reached, 0 to 1 (above 1: data came from a cache). */
  reached: number | null;
}

export interface RooflineOptions {
  /** Of the model's layers, for the trial's shapes. */
  work: readonly LayerWork[];
  peaks: Peaks;
  /** What the float layers of this engine multiply in. */
  floatVariant: Variant;
  /** Profiler cost taken off each layer's time, ns. */
  layerOverheadNs: number;
}

/**
 * The roofline of every working layer of an engine; layers without work are left out. Work belongs to the first layer that names it:
 * what another runtime fuses into a product (the addition behind it) may be a layer of its own here, and does not multiply again.
 */
export function layerRooflines(layers: readonly ClassedLayer[], options: RooflineOptions): LayerRoofline[] {
  const byName = new Map(options.work.flatMap((work) => work.names.map((name) => [name, work] as const)));
  const done = new Set<LayerWork>();
  return layers
    .filter((layer) => layer.class !== 'noop')
    .map((layer) => {
      const named = layer.kind === 'compute' ? workOf(layer, byName) : [];
      const own = named?.filter((work) => !done.has(work)) ?? null;
      for (const work of own ?? []) done.add(work);
      return rooflineOf(layer, own, options);
    });
}

function rooflineOf(
  layer: ClassedLayer,
  work: readonly LayerWork[] | null,
  { peaks, floatVariant, layerOverheadNs }: RooflineOptions,
): LayerRoofline {
  const variant = computesInInt8(layer) ? 'int8' : floatVariant;
  const operations = work === null ? null : 2 * work.reduce((sum, { macs }) => sum + macs, 0);
  const bytes = bytesOf(layer, work, widths[variant] as number);
  const rate = peaks.teraOps[variant];
  // 10^12 operations a second are 1000 a nanosecond; 10^9 bytes a second are one.
  const computeNs = operations === null || rate === null ? null : operations / (rate * 1000);
  const memoryNs = bytes === null ? null : bytes / peaks.memoryGBs;
  const timeNs = layer.timeNs === null ? null : Math.max(layer.timeNs - layerOverheadNs, 0);
  const bound = boundOf(computeNs, memoryNs);
  return {
    name: layer.name,
    type: layer.type,
    operations,
    bytes,
    intensity: operations === null || bytes === null || bytes === 0 ? null : operations / bytes,
    ...bound,
    timeNs,
    reached: bound.boundNs === null || timeNs === null || timeNs === 0 ? null : bound.boundNs / timeNs,
  };
}

function boundOf(computeNs: number | null, memoryNs: number | null): Pick<LayerRoofline, 'boundNs' | 'limitedBy'> {
  if (computeNs === null && memoryNs === null) return { boundNs: null, limitedBy: null };
  const compute = (computeNs ?? 0) >= (memoryNs ?? 0);
  return { boundNs: Math.max(computeNs ?? 0, memoryNs ?? 0), limitedBy: compute ? 'compute' : 'memory' };
}

/** A fused layer does the work of all nodes that its name lists; null where it lists none that multiplies. */
function workOf(layer: ClassedLayer, byName: ReadonlyMap<string, LayerWork>): LayerWork[] | null {
  const known = new Set(workTokens(layer.name).flatMap((token) => byName.get(token) ?? []));
  return known.size === 0 ? null : [...known];
}

const widths: Partial<Record<DataType, number>> = {
  fp32: 4,
  tf32: 4,
  fp16: 2,
  bf16: 2,
  fp8: 1,
  int8: 1,
  uint8: 1,
  int4: 0.5,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** Bytes of a tensor; null if its shape or type is not known. */
export function tensorBytes({ dims, dataType }: LayerTensor): number | null {
  const width = widths[dataType];
  if (dims === null || width === undefined) return null;
  return dims.reduce((product, dim) => product * dim, 1) * width;
}

/** Weights as the model tells them; else as the runtime does (ONNX Runtime leaves out those that it packed). */
function bytesOf(layer: ClassedLayer, work: readonly LayerWork[] | null, width: number): number | null {
  const weights = work?.reduce((total, layerWork) => total + layerWork.weights, 0) ?? 0;
  let sum = weights > 0 ? weights * width : (layer.weightBytes ?? 0);
  for (const tensor of [...layer.inputs, ...layer.outputs]) {
    const bytes = tensorBytes(tensor);
    if (bytes === null) return null;
    sum += bytes;
  }
  return sum;
}

export interface EngineRoofline {
  /** Sum of the layers' bounds, ns, over the layers that have one. */
  boundNs: number;
  /** Time of those layers, ns. */
  timeNs: number;
  reached: number | null;
  /** Share of all layers' time that the bound covers. */
  covered: number | null;
}

/** The whole engine: what share of its roofline it reaches, over the layers for which one is known. */
export function engineRoofline(layers: readonly LayerRoofline[]): EngineRoofline {
  const sum = (values: readonly (number | null)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const known = layers.filter((layer) => layer.boundNs !== null && layer.timeNs !== null);
  const boundNs = sum(known.map((layer) => layer.boundNs));
  const timeNs = sum(known.map((layer) => layer.timeNs));
  const allNs = sum(layers.map((layer) => layer.timeNs));
  return { boundNs, timeNs, reached: timeNs > 0 ? boundNs / timeNs : null, covered: allNs > 0 ? timeNs / allNs : null };
}
