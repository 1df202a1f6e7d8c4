import type { Diagnosis } from './facts.js';
import { layerGraph, positionOf } from './layer-graph.js';
import { asEvidence, counted, percent, rounded, shareOf, sumNs } from './layer-times.js';

/** A larger share of the time makes it a warning. */
const warningShare = 0.2;

/** Layers inside the network that take INT8 and give float: INT8 is left there. The network's own outputs have to leave it. */
export const int8InFloatOut: Diagnosis = (facts) => {
  const graph = layerGraph(facts.int8Layers ?? []);
  const leaving = (facts.int8Layers ?? []).filter(
    (layer) => layer.fusedDequantize && positionOf(layer, graph) !== 'output',
  );
  // A first layer stands at the input whatever follows it: it counts when another layer takes its result.
  const inner = leaving.filter((layer) => layer.outputs.some((tensor) => graph.consumers.has(tensor.name)));
  if (inner.length === 0) return null;
  const share = shareOf(sumNs(inner, facts), facts);
  return {
    id: 'int8-in-float-out',
    severity: share > warningShare ? 'warning' : 'info',
    evidence: { count: inner.length, share: rounded(share), layers: asEvidence(inner, facts) },
    advice: `${counted(inner.length, 'layer')} (${percent(share)} of the time) took INT8 and gave float: put a QuantizeLinear behind each (before the next quantised operator, and on both inputs of a following Add) to store INT8 there.`,
  };
};
