import type { Diagnosis } from './facts.js';
import { copiesConstant, layerGraph } from './layer-graph.js';
import { asEvidence, percent, rounded, shareOf, sumNs } from './layer-times.js';

const leastShare = 0.01;
const warningShare = 0.05;

/** Constants are copied or converted at every run (biases shared through Identity nodes, weights dequantised at run time). */
export const constantCopied: Diagnosis = (facts) => {
  const graph = layerGraph(facts.int8Layers ?? []);
  const copies = (facts.int8Layers ?? []).filter((layer) => copiesConstant(layer, graph));
  // Many tiny copies cost launches even where the profiler's constant hides their time.
  const profiledNs = copies.reduce((sum, layer) => sum + (layer.timeNs ?? 0), 0);
  const share = shareOf(sumNs(copies, facts), facts);
  if (copies.length === 0 || shareOf(profiledNs, facts) < leastShare) return null;
  return {
    id: 'constant-copied',
    severity: shareOf(profiledNs, facts) > warningShare ? 'warning' : 'info',
    evidence: { count: copies.length, share: rounded(share), profiledNs, layers: asEvidence(copies, facts) },
    advice: `${copies.length} constants are copied or converted at every run (${percent(shareOf(profiledNs, facts))} as profiled): export without shared initialisers (no Identity between an initialiser and its users), or fold constants first (onnxsim, polygraphy surgeon sanitize --fold-constants).`,
  };
};
