import type { Diagnosis } from './facts.js';
import { percent, rounded } from './layer-times.js';

const limit = 0.1;

/** Launching dominates: without a CUDA graph the engine is more than 10 % slower than with one. */
export const launchBound: Diagnosis = (facts) => {
  const withGraphNs = facts.modes?.withGraphNs ?? null;
  const withoutGraphNs = facts.modes?.withoutGraphNs ?? null;
  if (withGraphNs === null || withoutGraphNs === null || withGraphNs <= 0) return null;
  const excess = (withoutGraphNs - withGraphNs) / withGraphNs;
  if (excess <= limit) return null;
  return {
    id: 'launch-bound',
    severity: 'warning',
    evidence: { withGraphNs, withoutGraphNs, excess: rounded(excess), layers: facts.int8Layers?.length ?? null },
    advice: `Without a CUDA graph INT8 takes ${percent(excess)} longer: launching kernels dominates. Serve with CUDA graphs (trtexec --useCudaGraph; cudaGraphLaunch in the server), raise the batch, or keep fewer layers (fold constants, fewer Q/DQ); the verdict holds with a graph only.`,
  };
};
