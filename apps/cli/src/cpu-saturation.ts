import { saturatesU8S8 } from '@octet/domain';
import { cpuDeviceOf, readCpuFacts } from '@octet/hardware';

/** Whether this CPU's INT8 kernels saturate, so that 7-bit weights are worth a try. */
export async function cpuSaturates(): Promise<boolean> {
  return saturatesU8S8(cpuDeviceOf(await readCpuFacts(), 1).instructionSets);
}
