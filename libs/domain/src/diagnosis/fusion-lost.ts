import type { ClassedLayer } from '../layer.js';
import type { Diagnosis } from './facts.js';
import { evidenceOf, floatOwnTime, percent, rounded, sumOwn } from './layer-times.js';

/** Fusions worth having, by what runtimes call them. A fused convolution or Gemm is none: its INT8 form takes the activation along. */
const fusions: readonly [RegExp, string][] = [
  [/multi_?head_?attention|fused_?attention|fmha|^Attention$|mha_v2/i, 'attention'],
  [/SkipLayerNorm|SkipSimplifiedLayerNorm/i, 'layer normalisation with its residual'],
  [/LayerNorm/i, 'layer normalisation'],
  [/Gelu/i, 'GELU'],
  [/FusedMatMul/i, 'matrix product with its scale'],
  [/Myelin|ForeignNode|TRTKernel/i, 'a compiled subgraph (Myelin)'],
];

/** Attention or another fusion exists in the float engine only: the Q/DQ nodes broke its pattern. */
export const fusionLost: Diagnosis = (facts) => {
  const { int8Layers, floatLayers } = facts;
  if (int8Layers === null || floatLayers === null) return null;
  const lost = fusions.flatMap(([pattern, name]) => {
    const before = fused(floatLayers, pattern);
    const after = fused(int8Layers, pattern);
    return before.length > 0 && after.length === 0 ? [{ name, layers: before }] : [];
  });
  if (lost.length === 0) return null;
  const own = floatOwnTime(facts);
  const layers = lost.flatMap((entry) => entry.layers);
  const floatShare = facts.times.tFloatNs > 0 ? sumOwn(layers, own) / facts.times.tFloatNs : 0;
  return {
    id: 'fusion-lost',
    severity: floatShare > 0.05 ? 'warning' : 'info',
    evidence: {
      lost: lost.map((entry) => ({ fusion: entry.name, count: entry.layers.length })),
      floatShare: rounded(floatShare),
      int8LayerCount: int8Layers.length,
      floatLayerCount: floatLayers.length,
      layers: evidenceOf(layers, own),
    },
    advice: `The float engine fuses ${lost.map((entry) => entry.name).join(', ')} (${percent(floatShare)} of its time); the INT8 engine does not. Keep Q/DQ out of these patterns (exclude their nodes), or quantise their matrix products' inputs only.`,
  };
};

function fused(layers: readonly ClassedLayer[], pattern: RegExp): ClassedLayer[] {
  return layers.filter(
    (layer) =>
      layer.kind === 'compute' && pattern.test(`${layer.type} ${layer.name}`) === true && isWhole(layer, pattern),
  );
}

/** A plain node's NAME may hold the word (`/encoder/attention/MatMul`): the type decides, or a fused layer's own marker. */
function isWhole(layer: ClassedLayer, pattern: RegExp): boolean {
  return pattern.test(layer.type) || /ForeignNode|fmha|mha_v2|TRTKernel/i.test(layer.name);
}
