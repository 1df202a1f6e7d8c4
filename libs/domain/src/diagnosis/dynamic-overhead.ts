import { isDynamic, isOwnModel } from '../recipe.js';
import type { Diagnosis } from './facts.js';
import { asEvidence, percent, rounded, shareOf, sumNs } from './layer-times.js';

const limit = 0.1;
const rangeFinding = /^(DynamicQuantizeLinear|ReduceMax|ReduceMin|Abs|Max|Min|Div|QuantizeLinear)$/;

/** Ranges that are computed at run time eat the gain. */
export const dynamicOverhead: Diagnosis = (facts) => {
  const dynamic = isOwnModel(facts.recipe)
    ? (facts.int8Layers ?? []).some((layer) => layer.type === 'DynamicQuantizeLinear')
    : isDynamic(facts.recipe.scheme);
  if (!dynamic) return null;
  const layers = (facts.int8Layers ?? []).filter((layer) => rangeFinding.test(layer.type));
  const share = shareOf(sumNs(layers, facts), facts);
  if (share <= limit) return null;
  return {
    id: 'dynamic-overhead',
    severity: 'warning',
    evidence: { share: rounded(share), count: layers.length, layers: asEvidence(layers, facts) },
    advice: `${percent(share)} of the time goes into finding ranges at run time: use a static scheme (static-symmetric or static-asymmetric with calibration data), or quantise fewer layers dynamically.`,
  };
};
