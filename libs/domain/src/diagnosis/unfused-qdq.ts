import { isOwnModel } from '../recipe.js';
import type { Diagnosis } from './facts.js';
import { layerGraph, positionOf } from './layer-graph.js';
import { asEvidence, counted, percent, rounded, shareOf, sumNs } from './layer-times.js';

const warningShare = 0.05;

/** Stand-alone quantise and dequantise layers left between other layers, and targets that the runtime did not fuse. */
export const unfusedQdq: Diagnosis = (facts) => {
  if (!isOwnModel(facts.recipe) && facts.recipe.placement === 'implicit') return null;
  const graph = layerGraph(facts.int8Layers ?? []);
  const left = (facts.int8Layers ?? []).filter(
    (layer) => (layer.class === 'quantize' || layer.class === 'dequantize') && positionOf(layer, graph) === 'inside',
  );
  if (left.length === 0 && facts.unfusedTargets.length === 0) return null;
  const share = shareOf(sumNs(left, facts), facts);
  return {
    id: 'unfused-qdq',
    severity: share > warningShare || facts.unfusedTargets.length > 0 ? 'warning' : 'info',
    evidence: {
      count: left.length,
      share: rounded(share),
      unfusedTargets: facts.unfusedTargets,
      layers: asEvidence(left, facts),
    },
    advice: adviceFor(left.length, share, facts.unfusedTargets),
  };
};

function adviceFor(count: number, share: number, unfused: readonly string[]): string {
  const targets =
    unfused.length === 0
      ? ''
      : ` ${counted(unfused.length, 'target')} stayed float (${unfused.slice(0, 3).join(', ')}${unfused.length > 3 ? ' ...' : ''}): both inputs need Q/DQ of the same type, and no other operator may stand between.`;
  if (count === 0) return `Not every quantised operator was fused.${targets}`;
  return `${counted(count, 'stand-alone Q/DQ layer')} between other layers (${percent(share)} of the time): move each Q/DQ pair next to the operator it belongs to, quantise the operators between, or drop the pair.${targets}`;
}
