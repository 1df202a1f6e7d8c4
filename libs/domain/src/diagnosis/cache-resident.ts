import type { Diagnosis } from './facts.js';

/** INT8 fits the L2 cache and float does not, or both fit at batch 1: a back-to-back loop flatters what stays in the cache. */
export const cacheResident: Diagnosis = (facts) => {
  const footprint = facts.footprint;
  if (footprint === null || footprint.l2Bytes <= 0) return null;
  const { floatBytes, int8Bytes, l2Bytes } = footprint;
  const onlyInt8 = int8Bytes <= l2Bytes && floatBytes > l2Bytes;
  const both = int8Bytes <= l2Bytes && floatBytes <= l2Bytes && facts.batch === 1;
  if (!onlyInt8 && !both) return null;
  return {
    id: 'cache-resident',
    severity: onlyInt8 ? 'warning' : 'info',
    evidence: { floatBytes, int8Bytes, l2Bytes, fits: onlyInt8 ? 'int8' : 'both' },
    advice: `${onlyInt8 ? 'The INT8 engine fits the L2 cache, the float engine does not' : 'Both engines fit the L2 cache'}: a loop that runs one network back to back keeps it there, a server that does other work between does not. Measure with the cache flushed between runs, or with the real mix of models.`,
  };
};
