import { mostLayerCostNs, splitTimes } from '../split/index.js';
import { worstPadding } from './channel-packing.js';
import type { DiagnosisFacts } from './facts.js';
import { int8OwnTime, sumNs } from './layer-times.js';

/** An upper bound of the speed-up if one thing cost nothing: a bound, not a promise. */
export interface Bound {
  speedup: number;
  /** Time taken away, integer ns. */
  savedNs: number;
  assumption: string;
}

export interface WhatIf {
  conversionsFree: Bound | null;
  floatRemainderFp16: Bound | null;
  channelsAligned: Bound | null;
}

/** What the bounds are computed from. */
export type WhatIfFacts = Pick<DiagnosisFacts, 'gpu' | 'times' | 'floats' | 'int8Layers' | 'floatLayers'> & {
  runtime: { name: string };
};

/** Several diagnoses ask of the same facts, and an engine may have tens of thousands of layers. */
const known = new WeakMap<WhatIfFacts, WhatIf>();

/** The three bounds of design section 7; each null where it can't be told or there is nothing to save. */
export function whatIf(facts: WhatIfFacts): WhatIf {
  let bounds = known.get(facts);
  if (bounds === undefined) {
    bounds = {
      conversionsFree: conversionsFree(facts),
      floatRemainderFp16: floatRemainderFp16(facts),
      channelsAligned: channelsAligned(facts),
    };
    known.set(facts, bounds);
  }
  return bounds;
}

function bound(facts: WhatIfFacts, savedNs: number, assumption: string): Bound | null {
  const left = facts.times.int8EndToEndNs - savedNs;
  if (savedNs <= 0 || left <= 0) return null;
  return { speedup: facts.times.tFloatNs / left, savedNs: Math.round(savedNs), assumption };
}

/** Quantise, dequantise and conversion time, less what the float engine spends on conversions of its own. */
export function removableConversionNs(facts: WhatIfFacts): number | null {
  const { tQuantNs, tDequantNs, int8Parts } = facts.times;
  if (tQuantNs === null || tDequantNs === null || int8Parts === null) return null;
  return Math.max(tQuantNs + tDequantNs + int8Parts.conversionNs - floatConversionNs(facts), 0);
}

function floatConversionNs({ floatLayers, times, runtime }: WhatIfFacts): number {
  if (floatLayers === null || times.tFloatNs <= 0) return 0;
  return splitTimes(floatLayers, times.tFloatNs, mostLayerCostNs(runtime.name))?.int8Parts.conversionNs ?? 0;
}

function conversionsFree(facts: WhatIfFacts): Bound | null {
  const saved = removableConversionNs(facts);
  return saved === null
    ? null
    : bound(facts, saved, 'all conversions but as many as the float engine has itself cost nothing');
}

/** FP32 layers left in the INT8 engine, at the speed that the whole network gains by FP16 (half where it was not measured). */
function floatRemainderFp16(facts: WhatIfFacts): Bound | null {
  if (facts.gpu?.fp16 !== true) return null;
  const left = (facts.int8Layers ?? []).filter(
    (layer) =>
      layer.class === 'float' &&
      layer.inputs.some((tensor) => tensor.dataType === 'fp32' || tensor.dataType === 'tf32'),
  );
  const { fp16, fp32 } = facts.floats;
  const measured = fp16 !== undefined && fp32 !== undefined && fp16 < fp32;
  const ratio = measured ? fp16 / fp32 : 0.5;
  const basis = measured ? "the whole network's ratio FP16 / FP32" : 'half its time (half the bytes)';
  return bound(facts, sumNs(left, facts) * (1 - ratio), `what runs in FP32 beside INT8 ran in FP16, at ${basis}`);
}

function channelsAligned(facts: WhatIfFacts): Bound | null {
  const own = int8OwnTime(facts);
  const saved = (facts.int8Layers ?? []).reduce((sum, layer) => {
    const padding = layer.class === 'int8' ? (worstPadding(layer)?.padding ?? 0) : 0;
    return sum + padding * own(layer);
  }, 0);
  return bound(facts, saved, 'INT8 layers took time in proportion to the channels that hold data');
}

/** Whether a tensor type is one of the wide floats, FP32 or TF32. */
export function isWideFloat(dataType: string): boolean {
  return dataType === 'fp32' || dataType === 'tf32';
}
