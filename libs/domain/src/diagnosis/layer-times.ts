import type { ClassedLayer } from '../layer.js';
import { mostLayerCostNs, netTimeOf } from '../split/index.js';
import type { DiagnosisFacts } from './facts.js';

/** A layer as evidence: time without the profiler's own cost, integer ns. */
export interface LayerEvidence {
  name: string;
  type: string;
  timeNs: number;
}

/** A layer's own time, ns: what the profiler added is taken away as in the split (design section 2). */
export type OwnTime = (layer: ClassedLayer) => number;

type Int8Times = Pick<DiagnosisFacts, 'int8Layers' | 'times'>;

/**
 * Own times of the INT8 engine's layers, so that they add up to the parts of the split: less the constant of the split, and
 * scaled down where that constant does not explain a slow profile.
 */
export function int8OwnTime({ int8Layers, times }: Int8Times): OwnTime {
  const known = int8Layers === null ? undefined : ownTimes.get(int8Layers);
  if (known?.times === times) return known.own;
  const own = makeOwnTime(int8Layers, times);
  if (int8Layers !== null) ownTimes.set(int8Layers, { times, own });
  return own;
}

/** Every diagnosis asks, and an engine may have tens of thousands of layers. */
const ownTimes = new WeakMap<readonly ClassedLayer[], { times: Int8Times['times']; own: OwnTime }>();

function makeOwnTime(int8Layers: Int8Times['int8Layers'], times: Int8Times['times']): OwnTime {
  const costNs = times.layerOverheadNs ?? 0;
  const left = (int8Layers ?? []).reduce((sum, layer) => sum + Math.max((layer.timeNs ?? 0) - costNs, 0), 0);
  const slowdown = times.int8EndToEndNs > 0 ? Math.max(1, left / times.int8EndToEndNs) : 1;
  return (layer) => Math.max((layer.timeNs ?? 0) - costNs, 0) / slowdown;
}

/** Own times of the float engine's layers: its profile has a constant of its own. */
export function floatOwnTime({ floatLayers, times, runtime }: DiagnosisFacts): OwnTime {
  const profiled = (floatLayers ?? []).flatMap(({ timeNs }) => (timeNs === null ? [] : [timeNs]));
  const { of } = netTimeOf(profiled, times.tFloatNs, mostLayerCostNs(runtime.name));
  return (layer) => (layer.timeNs === null ? 0 : of(layer.timeNs));
}

export function sumOwn(layers: readonly ClassedLayer[], own: OwnTime): number {
  return layers.reduce((sum, layer) => sum + own(layer), 0);
}

/** Own time of layers of the INT8 engine together, ns. */
export function sumNs(layers: readonly ClassedLayer[], facts: Int8Times): number {
  return sumOwn(layers, int8OwnTime(facts));
}

/** Share of the INT8 engine's end-to-end time, 0 to 1. */
export function shareOf(timeNs: number, facts: DiagnosisFacts): number {
  return facts.times.int8EndToEndNs > 0 ? timeNs / facts.times.int8EndToEndNs : 0;
}

/** The costliest layers of the INT8 engine first, at most ten. */
export function asEvidence(layers: readonly ClassedLayer[], facts: DiagnosisFacts): LayerEvidence[] {
  return evidenceOf(layers, int8OwnTime(facts));
}

export function evidenceOf(layers: readonly ClassedLayer[], own: OwnTime, most = 10): LayerEvidence[] {
  const costliest: LayerEvidence[] = [];
  for (const layer of layers) {
    const timeNs = Math.round(own(layer));
    if (costliest.length === most && timeNs <= (costliest.at(-1)?.timeNs ?? 0)) continue;
    const after = costliest.findLastIndex((other) => other.timeNs >= timeNs);
    costliest.splice(after + 1, 0, { name: layer.name, type: layer.type, timeNs });
    if (costliest.length > most) costliest.pop();
  }
  return costliest;
}

/** Shares in evidence are read by people: four digits are enough. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** `12.3 %`, for texts. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** `1 layer`, `12 layers`, for texts. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
