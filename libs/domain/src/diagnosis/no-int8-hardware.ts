import { cpuCapabilityOf } from '../capabilities/index.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';
import type { Reason } from '../result-row.js';

/** The device has no fast INT8: by the capability table, the CPU's instruction sets, or the kernels that really ran. */
export const noInt8Hardware: Diagnosis = (facts) => {
  if (facts.device.kind === 'cpu') return cpuReason(facts);
  if (facts.gpu === null) return null;
  if (!facts.gpu.int8)
    return gpuReason(facts, 'critical', `SM ${facts.gpu.sm} has neither DP4A nor INT8 tensor cores.`);
  if (!facts.gpu.int8TensorCores) {
    return gpuReason(facts, 'info', `SM ${facts.gpu.sm} runs INT8 by DP4A, without INT8 tensor cores.`);
  }
  return null;
};

function cpuReason({ device }: DiagnosisFacts): Reason | null {
  if (device.kind !== 'cpu' || cpuCapabilityOf(device.instructionSets) !== null) return null;
  return {
    id: 'no-int8-hardware',
    severity: 'critical',
    evidence: { instructionSets: device.instructionSets },
    advice:
      'This CPU has no instructions that speed INT8 up (AVX2, AVX-512, VNNI, AMX, NEON): use FP32, or a CPU with VNNI or dot product.',
  };
}

function gpuReason(facts: DiagnosisFacts, severity: Reason['severity'], says: string): Reason {
  const kernels = (facts.int8Layers ?? []).flatMap((layer) =>
    layer.class === 'int8' && layer.kernel !== null ? [layer.kernel] : [],
  );
  const better =
    facts.gpu?.fp16TensorCores === true ? 'FP16 on its tensor cores is the variant to beat' : 'compare with FP32';
  return {
    id: 'no-int8-hardware',
    severity,
    evidence: {
      sm: facts.gpu?.sm ?? null,
      int8: facts.gpu?.int8 ?? null,
      int8TensorCores: facts.gpu?.int8TensorCores ?? null,
      kernels: [...new Set(kernels)].slice(0, 5),
    },
    advice: `${says} ${better}; INT8 tensor cores start with SM 7.2 (Xavier) and 7.5 (Turing).`,
  };
}
