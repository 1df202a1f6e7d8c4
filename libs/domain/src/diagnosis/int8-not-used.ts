import type { ClassedLayer } from '../layer.js';
import { isOwnModel } from '../recipe.js';
import { computesInInt8, ranInt8 } from '../judge/int8-use.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';
import { asEvidence, percent, rounded, sumNs } from './layer-times.js';

/** Below this share of the layers' own time in INT8 layers an engine is hardly an INT8 engine (design section 7). */
const leastShare = 0.5;

/** Where INT8 layers share their time with conversions alone, the engine does not run float: that is another finding. */
const leastFloatShare = 0.1;

/** The "INT8" engine runs float: wholly (critical) or mostly (warning). Layers that nobody timed can still tell the former. */
export const int8NotUsed: Diagnosis = (facts) => {
  const layers = facts.int8Layers;
  if (layers === null) return null;
  const allNs = sumNs(layers, facts);
  const shareIn = (some: readonly ClassedLayer[]): number | null => (allNs > 0 ? sumNs(some, facts) / allNs : null);
  const share = shareIn(layers.filter(computesInInt8));
  const none = ranInt8(layers) === false;
  if (share === null ? !none : share >= leastShare) return null;
  const float = layers.filter((layer) => layer.kind === 'compute' && !computesInInt8(layer));
  const floatShare = shareIn(float);
  if (!none && (floatShare === null || floatShare < leastFloatShare)) return null;
  return {
    id: 'int8-not-used',
    severity: none ? 'critical' : 'warning',
    evidence: {
      int8TimeShare: share === null ? null : rounded(share),
      floatTimeShare: floatShare === null ? null : rounded(floatShare),
      int8Layers: layers.filter(computesInInt8).length,
      floatLayers: float.length,
      unfusedTargets: facts.unfusedTargets,
      missingRanges: (facts.missingRanges ?? []).length,
      layers: asEvidence(float, facts),
    },
    advice: `${none ? 'Not one layer ran in INT8' : `Only ${percent(share ?? 0)} of the layers' time is in INT8, ${percent(floatShare ?? 0)} in float layers`}. ${nextStep(facts)}`,
  };
};

function nextStep(facts: DiagnosisFacts): string {
  const { recipe, runtime } = facts;
  const missing = facts.missingRanges ?? [];
  if (missing.length > 0) {
    return `The builder had no range for ${missing.length} tensors (${missing[0]} first), most of them made by its own parser inside a node, and says that it may leave the layers beside them in float: bind INT8 with placement: explicit (a Q/DQ model needs no such ranges).`;
  }
  if (!isOwnModel(recipe) && recipe.placement === 'implicit') {
    return 'With implicit INT8 the builder keeps float where it measured it faster: take that as the answer for these layers, or bind INT8 with placement: explicit (a Q/DQ model) to see its cost.';
  }
  if (facts.unfusedTargets.length > 0) {
    return `${facts.unfusedTargets.length} quantised targets were not fused: look for float operators between their DequantizeLinear and QuantizeLinear.`;
  }
  if (runtime.name === 'tensorrt') {
    return 'If the model has no Q/DQ nodes (implicit INT8), the builder kept float where it measured it faster: that is the answer for these layers, and a Q/DQ model would bind INT8 to show its cost. If it has, check that Q/DQ stands before every convolution and matrix product.';
  }
  if (runtime.name === 'onnxruntime-cuda') {
    return "ONNX Runtime's CUDA provider computes quantised convolutions and matrix products in float, between conversions that cost time: use TensorRT itself for INT8 on this GPU.";
  }
  if (!(facts.int8Layers ?? []).some(computesInInt8)) {
    return 'ONNX Runtime has INT8 kernels for Conv, MatMul and Gemm with constant weights: the model has none, or exclude keeps them all in float. INT8 can change nothing here.';
  }
  return 'Only Conv, MatMul and Gemm gain from INT8 here: if they hold less than half of the time, quantising helps little.';
}
