import type { Diagnosis } from './facts.js';

/** Copies dominate: host to device or back takes as long as computing, in the run with transfers. */
export const transferBound: Diagnosis = (facts) => {
  const { hostToDeviceNs = null, deviceToHostNs = null, computeNs = null } = facts.modes ?? {};
  if (computeNs === null || computeNs <= 0) return null;
  const longest = Math.max(hostToDeviceNs ?? 0, deviceToHostNs ?? 0);
  if (longest < computeNs) return null;
  const direction = (hostToDeviceNs ?? 0) >= (deviceToHostNs ?? 0) ? 'input' : 'output';
  return {
    id: 'transfer-bound',
    severity: 'warning',
    evidence: { hostToDeviceNs, deviceToHostNs, computeNs, direction },
    advice: `Copying the ${direction} takes as long as computing or longer: INT8 speeds up a part that is not the slowest. Overlap copies with computing (two streams), ${direction === 'input' ? 'send INT8 or UINT8 inputs and normalise on the device' : 'reduce the output on the device (argmax, top-k) before it is copied'}, or keep the data on the device.`,
  };
};
