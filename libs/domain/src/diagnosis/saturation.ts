import { cpuCapabilityOf, saturatesU8S8 } from '../capabilities/index.js';
import { isOwnModel } from '../recipe.js';
import type { Diagnosis } from './facts.js';

/** Below these an INT8 network is visibly off. */
const poorCosine = 0.99;
const poorSqnrDb = 20;

/** Accuracy falls on a CPU whose INT8 instruction saturates (vpmaddubsw: no VNNI), with 8-bit weights. */
export const saturation: Diagnosis = (facts) => {
  const { device, recipe, accuracy } = facts;
  if (device.kind !== 'cpu' || !saturatesU8S8(device.instructionSets) || accuracy === null) return null;
  if (!isOwnModel(recipe) && recipe.weightBits === 7) return null;
  const cosine = accuracy.metric === 'cosine' ? accuracy.value : (accuracy.all['cosine'] ?? null);
  const sqnr = accuracy.metric === 'sqnr' ? accuracy.value : (accuracy.all['sqnr'] ?? null);
  const poor = (cosine !== null && cosine < poorCosine) || (sqnr !== null && sqnr < poorSqnrDb);
  if (!poor && !facts.accuracyFails) return null;
  return {
    id: 'saturation',
    severity: facts.accuracyFails ? 'critical' : 'warning',
    evidence: {
      instructionSet: cpuCapabilityOf(device.instructionSets)?.instructionSet ?? null,
      weightBits: isOwnModel(recipe) ? null : recipe.weightBits,
      cosine,
      sqnr,
    },
    advice:
      'This CPU sums U8 x S8 products in 16 bits that saturate: compare a recipe with weightBits: 7 (costs no time), or U8 weights (session option session.x64quantprecision = 1, slower); a CPU with VNNI does not saturate.',
  };
};
