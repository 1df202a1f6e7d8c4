import { gainNs } from '../gain.js';
import { computesInInt8, ranInt8 } from '../judge/int8-use.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';
import { asEvidence, int8OwnTime, percent, rounded, shareOf } from './layer-times.js';
import { whatIf } from './what-if.js';

/** A smaller float part is no finding. */
const leastShare = 0.1;

/** What stayed float costs more than INT8 saves. */
export const floatRemainder: Diagnosis = (facts) => {
  const floatNs = facts.times.int8Parts?.floatNs;
  if (floatNs === undefined || facts.int8Layers === null || ranInt8(facts.int8Layers) !== true) return null;
  const gain = gainNs(facts.times.tFloatNs, facts.times.int8EndToEndNs);
  const share = shareOf(floatNs, facts);
  if (share < leastShare || floatNs <= Math.max(gain, 0)) return null;
  const fp16 = whatIf(facts).floatRemainderFp16;
  const byType = timeByType(facts);
  return {
    id: 'float-remainder',
    severity: gain > 0 ? 'info' : 'warning',
    evidence: {
      share: rounded(share),
      floatNs,
      gainNs: gain,
      byType,
      speedupIfFp16: fp16 === null ? null : rounded(fp16.speedup),
      layers: asEvidence(floatLayers(facts), facts),
    },
    advice: `${percent(share)} of the time is in layers that stayed float, most of it in ${byType
      .slice(0, 3)
      .map((entry) => entry.type)
      .join(
        ', ',
      )}: quantise or fuse these operators, or replace them by ones the runtime runs in INT8. While they stay float, INT8 saves on the rest only.`,
  };
};

function floatLayers(facts: DiagnosisFacts) {
  return (facts.int8Layers ?? []).filter((layer) => layer.class === 'float' && !computesInInt8(layer));
}

/** Time of the float layers by operator, the costliest first, at most eight. */
function timeByType(facts: DiagnosisFacts): { type: string; count: number; timeNs: number }[] {
  const own = int8OwnTime(facts);
  const types = new Map<string, { type: string; count: number; timeNs: number }>();
  for (const layer of floatLayers(facts)) {
    const entry = types.get(layer.type) ?? { type: layer.type, count: 0, timeNs: 0 };
    const timeNs = entry.timeNs + own(layer);
    types.set(layer.type, { type: layer.type, count: entry.count + 1, timeNs });
  }
  return [...types.values()]
    .map((entry) => ({ ...entry, timeNs: Math.round(entry.timeNs) }))
    .sort((a, b) => b.timeNs - a.timeNs)
    .slice(0, 8);
}
