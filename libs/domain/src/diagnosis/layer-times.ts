import type { ClassedLayer } from '../layer.js';
import type { DiagnosisFacts } from './facts.js';

/** A layer as evidence: time without the profiler's own cost, integer ns. */
export interface LayerEvidence {
  name: string;
  type: string;
  timeNs: number;
}

/** The layer's time without the constant cost that profiling adds (design section 2), ns. */
export function ownTimeNs(layer: ClassedLayer, layerOverheadNs: number | null): number {
  return Math.max((layer.timeNs ?? 0) - (layerOverheadNs ?? 0), 0);
}

export function sumNs(layers: readonly ClassedLayer[], facts: Pick<DiagnosisFacts, 'times'>): number {
  return layers.reduce((sum, layer) => sum + ownTimeNs(layer, facts.times.layerOverheadNs), 0);
}

/** Share of the INT8 engine's end-to-end time, 0 to 1. */
export function shareOf(timeNs: number, facts: DiagnosisFacts): number {
  return facts.times.int8EndToEndNs > 0 ? timeNs / facts.times.int8EndToEndNs : 0;
}

/** The costliest layers first, at most `most` of them. */
export function asEvidence(layers: readonly ClassedLayer[], facts: DiagnosisFacts, most = 10): LayerEvidence[] {
  return layers
    .map(({ name, type, ...layer }) => ({
      name,
      type,
      timeNs: Math.round(ownTimeNs({ name, type, ...layer }, facts.times.layerOverheadNs)),
    }))
    .sort((a, b) => b.timeNs - a.timeNs)
    .slice(0, most);
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
