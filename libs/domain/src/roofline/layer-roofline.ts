import { workTokens } from '../diagnosis/match-layers.js';
import { computesInInt8 } from '../judge/int8-use.js';
import type { ClassedLayer, DataType, LayerTensor } from '../layer.js';
import type { Variant } from '../recipe.js';
import type { Peaks } from './peaks.js';

/**
 * One layer under the roofline (Williams, Waterman & Patterson, CACM 52, 2009): no faster than its operations at peak rate, nor
 * than its bytes at peak bandwidth.
 */
export interface LayerRoofline {
  name: string;
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
  /** Multiply-adds of one execution of the batch, by node name of the model. */
  macs: ReadonlyMap<string, number>;
  peaks: Peaks;
  /** What the float layers of this engine multiply in. */
  floatVariant: Variant;
  /** Profiler cost taken off each layer's time, ns. */
  layerOverheadNs: number;
}

/** The roofline of every working layer of an engine; layers without work are left out. */
export function layerRooflines(layers: readonly ClassedLayer[], options: RooflineOptions): LayerRoofline[] {
  return layers.filter((layer) => layer.class !== 'noop').map((layer) => rooflineOf(layer, options));
}

function rooflineOf(
  layer: ClassedLayer,
  { macs, peaks, floatVariant, layerOverheadNs }: RooflineOptions,
): LayerRoofline {
  const operations = layer.kind === 'conversion' ? 0 : operationsOf(layer, macs);
  const bytes = bytesOf(layer);
  const rate = peaks.teraOps[computesInInt8(layer) ? 'int8' : floatVariant];
  // 10^12 operations a second are 1000 a nanosecond; 10^9 bytes a second are one.
  const computeNs = operations === null || rate === null ? null : operations / (rate * 1000);
  const memoryNs = bytes === null ? null : bytes / peaks.memoryGBs;
  const timeNs = layer.timeNs === null ? null : Math.max(layer.timeNs - layerOverheadNs, 0);
  const bound = boundOf(computeNs, memoryNs);
  return {
    name: layer.name,
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

/** A fused layer does the work of all nodes that its name lists. */
function operationsOf(layer: ClassedLayer, macs: ReadonlyMap<string, number>): number | null {
  const known = workTokens(layer.name).flatMap((token) => macs.get(token) ?? []);
  return known.length === 0 ? null : 2 * known.reduce((sum, value) => sum + value, 0);
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

function bytesOf(layer: ClassedLayer): number | null {
  let sum = layer.weightBytes ?? 0;
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
