import type { Reason } from '../result-row.js';
import { batchTooSmall } from './batch-too-small.js';
import { cacheResident } from './cache-resident.js';
import { constantCopied } from './constant-copied.js';
import { conversionsDominate } from './conversions-dominate.js';
import { dynamicOverhead } from './dynamic-overhead.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';
import { fallback } from './fallback.js';
import { floatRemainderFp32 } from './float-remainder-fp32.js';
import { floatRemainder } from './float-remainder.js';
import { fusionLost } from './fusion-lost.js';
import { groupedConvolution } from './grouped-convolution.js';
import { int8InFloatOut } from './int8-in-float-out.js';
import { int8NotUsed } from './int8-not-used.js';
import { launchBound } from './launch-bound.js';
import { noInt8Hardware } from './no-int8-hardware.js';
import { opaqueNode } from './opaque-node.js';
import { paddedChannels } from './padded-channels.js';
import { saturation } from './saturation.js';
import { transferBound } from './transfer-bound.js';
import { unfusedQdq } from './unfused-qdq.js';
import { unstable } from './unstable.js';

/** The rows of design section 7, in its order. */
export const diagnoses: readonly Diagnosis[] = [
  noInt8Hardware,
  int8NotUsed,
  conversionsDominate,
  floatRemainder,
  int8InFloatOut,
  unfusedQdq,
  paddedChannels,
  constantCopied,
  groupedConvolution,
  fusionLost,
  floatRemainderFp32,
  launchBound,
  transferBound,
  batchTooSmall,
  cacheResident,
  dynamicOverhead,
  saturation,
  fallback,
  opaqueNode,
  unstable,
];

/** Every diagnosis that applies, in the order of that table; each with its measured evidence and the next step. */
export function diagnose(facts: DiagnosisFacts): Reason[] {
  return diagnoses.flatMap((diagnosis) => diagnosis(facts) ?? []);
}
