import { computesInInt8 } from '../judge/int8-use.js';
import type { Diagnosis } from './facts.js';
import { asEvidence, percent, rounded, shareOf, sumNs } from './layer-times.js';
import { isWideFloat, whatIf } from './what-if.js';

const leastShare = 0.05;

/** What stayed float runs in FP32 while the float engine has FP16 (or BF16). */
export const floatRemainderFp32: Diagnosis = (facts) => {
  if (facts.floatVariant !== 'fp16' && facts.floatVariant !== 'bf16') return null;
  const wide = (facts.int8Layers ?? []).filter(
    (layer) =>
      layer.class === 'float' &&
      !computesInInt8(layer) &&
      layer.inputs.length > 0 &&
      layer.inputs.every((tensor) => isWideFloat(tensor.dataType)),
  );
  const share = shareOf(sumNs(wide, facts), facts);
  if (share < leastShare) return null;
  const bound = whatIf(facts).floatRemainderFp16;
  return {
    id: 'float-remainder-fp32',
    severity: 'warning',
    evidence: {
      share: rounded(share),
      count: wide.length,
      floatVariant: facts.floatVariant,
      speedupIfFp16: bound === null ? null : rounded(bound.speedup),
      layers: asEvidence(wide, facts),
    },
    advice: `${percent(share)} of the INT8 engine's time is in FP32 layers, while the float engine it is compared with has ${facts.floatVariant.toUpperCase()}: build with --int8 --fp16 (TensorRT up to 10), or cast what stays float to FP16 in the model (TensorRT 11).`,
  };
};
