import type { Diagnosis } from './facts.js';
import { worstPadding } from './channel-packing.js';
import { asEvidence, percent, rounded, shareOf, sumNs } from './layer-times.js';
import { whatIf } from './what-if.js';

/** A quarter of the packed channels empty, in layers with a tenth of the time. */
const leastPadding = 0.25;
const leastShare = 0.1;

/** Channels fill the INT8 vector format badly: 16 in a 32-wide format work for nothing half of the time. */
export const paddedChannels: Diagnosis = (facts) => {
  const padded = (facts.int8Layers ?? []).flatMap((layer) => {
    const worst = worstPadding(layer);
    return worst !== null && worst.padding >= leastPadding ? [{ layer, worst }] : [];
  });
  const share = shareOf(
    sumNs(
      padded.map((entry) => entry.layer),
      facts,
    ),
    facts,
  );
  const worst = padded.reduce<(typeof padded)[number] | null>(
    (most, entry) => (entry.worst.padding > (most?.worst.padding ?? 0) ? entry : most),
    null,
  );
  if (worst === null || share < leastShare) return null;
  const aligned = whatIf(facts).channelsAligned;
  return {
    id: 'padded-channels',
    severity: 'warning',
    evidence: {
      share: rounded(share),
      tensors: padded
        .map(({ worst: { tensor, channels, packed, padding } }) => ({
          tensor,
          channels,
          packed,
          padding: rounded(padding),
        }))
        .slice(0, 10),
      speedupIfAligned: aligned === null ? null : rounded(aligned.speedup),
      layers: asEvidence(
        padded.map((entry) => entry.layer),
        facts,
      ),
    },
    advice: `Layers with ${percent(share)} of the time pack ${worst.worst.channels} channels into groups of ${worst.worst.packed}: ${percent(worst.worst.padding)} is padding. Use channel counts that are multiples of ${worst.worst.packed}, or leave these layers in float (exclude).`,
  };
};
