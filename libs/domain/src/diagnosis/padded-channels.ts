import type { ClassedLayer } from '../layer.js';
import { worstPadding, type Padding } from './channel-packing.js';
import type { Diagnosis } from './facts.js';
import { asEvidence, int8OwnTime, percent, rounded, shareOf, sumNs, type OwnTime } from './layer-times.js';
import { whatIf } from './what-if.js';

/** A third of the packed channels empty (3 in 4 is the price of every RGB input), in layers with a tenth of the time. */
const leastPadding = 1 / 3;
const leastShare = 0.1;

interface PaddedLayer {
  layer: ClassedLayer;
  worst: Padding;
  /** Time spent on nothing, if it were proportional. */
  lostNs: number;
}

/** Channels fill the INT8 vector format badly: 16 in a 32-wide format work for nothing half of the time. */
export const paddedChannels: Diagnosis = (facts) => {
  const own = int8OwnTime(facts);
  const padded = (facts.int8Layers ?? []).flatMap((layer) => paddedLayer(layer, own));
  const layers = padded.map((entry) => entry.layer);
  const share = shareOf(sumNs(layers, facts), facts);
  const costliest = costliestFill(padded);
  if (costliest === null || share < leastShare) return null;
  const aligned = whatIf(facts).channelsAligned;
  return {
    id: 'padded-channels',
    severity: 'warning',
    evidence: {
      share: rounded(share),
      tensors: tensorsOf(padded),
      speedupIfAligned: aligned === null ? null : rounded(aligned.speedup),
      layers: asEvidence(layers, facts),
    },
    advice: `Layers with ${percent(share)} of the time have INT8 tensors that fill their format badly: ${costliest.channels} channels in groups of ${costliest.packed}, so ${percent(costliest.padding)} is padding. Use channel counts that are multiples of ${costliest.packed}, or leave these layers in float (exclude).`,
  };
};

function paddedLayer(layer: ClassedLayer, own: OwnTime): PaddedLayer[] {
  const worst = worstPadding(layer);
  if (worst === null || worst.padding < leastPadding) return [];
  return [{ layer, worst, lostNs: worst.padding * own(layer) }];
}

/** Each tensor once, the costliest layers' first, at most ten. */
function tensorsOf(padded: readonly PaddedLayer[]): Padding[] {
  const sorted = padded.toSorted((a, b) => b.lostNs - a.lostNs).map(({ worst }) => worst);
  const once = new Map(sorted.map((padding) => [padding.tensor, { ...padding, padding: rounded(padding.padding) }]));
  return [...once.values()].slice(0, 10);
}

/** The fill (16 channels in groups of 32) that loses most time over all layers together. */
function costliestFill(padded: readonly PaddedLayer[]): Padding | null {
  const lost = new Map<string, number>();
  const keyOf = ({ worst }: PaddedLayer): string => `${worst.channels}/${worst.packed}`;
  for (const entry of padded) lost.set(keyOf(entry), (lost.get(keyOf(entry)) ?? 0) + entry.lostNs);
  return padded.toSorted((a, b) => (lost.get(keyOf(b)) ?? 0) - (lost.get(keyOf(a)) ?? 0))[0]?.worst ?? null;
}
