import type { Diagnosis } from './facts.js';
import { asEvidence, int8OwnTime, percent, rounded, shareOf } from './layer-times.js';

const limit = 0.4;
const opaque = /Myelin|ForeignNode|TRTKernel|TRT_.*_subgraph|TensorrtExecutionProvider_/i;
/** So many nodes in one name are a compiled subgraph, whatever it is called. */
const manyNodes = 12;

/** One fused node holds most of the time: what happens inside can't be told from a layer list. */
export const opaqueNode: Diagnosis = (facts) => {
  const candidates = (facts.int8Layers ?? []).filter(
    (layer) =>
      layer.kind === 'compute' &&
      (opaque.test(`${layer.type} ${layer.name}`) || layer.name.split(' + ').length >= manyNodes),
  );
  const own = int8OwnTime(facts);
  const largest = candidates.toSorted((a, b) => own(b) - own(a))[0];
  if (largest === undefined) return null;
  const share = shareOf(own(largest), facts);
  if (share <= limit) return null;
  return {
    id: 'opaque-node',
    severity: 'info',
    evidence: { share: rounded(share), layers: asEvidence([largest], facts) },
    advice: `${percent(share)} of the time is in one compiled node whose inside is not shown: the split of T_int8 can not be trusted there. Use --profilingVerbosity=detailed, Nsight Systems (nsys profile trtexec ...), or compare with models of its parts (ablation).`,
  };
};
