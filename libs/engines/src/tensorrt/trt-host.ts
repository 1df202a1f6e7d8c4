import { OctetError, type Device } from '@octet/domain';
import { dialectOf, isRefusal, type Dialect } from './dialect.js';
import type { TrtexecProbe } from './trtexec-probe.js';

/** trtexec as it was found, with the dialect it speaks. */
export interface TrtHost {
  command: readonly string[];
  version: string;
  dialect: Dialect;
}

/** @throws OctetError with the probe's code, or `runtime-version-unknown`. */
export function trtHost(probe: TrtexecProbe, force: boolean): TrtHost {
  if (!probe.found) throw new OctetError(probe.code, probe.message);
  const dialect = dialectOf(probe.version, force);
  if (isRefusal(dialect)) throw new OctetError(dialect.code, dialect.message);
  return { command: probe.command, version: probe.version, dialect };
}

/** How trtexec is pointed at a device. */
export interface DeviceSelection {
  environment: Record<string, string>;
  deviceIndex: number | null;
  dlaCore: number | null;
}

/**
 * GPUs by UUID, since CUDA and nvidia-smi may number them differently; parts without one (Jetson) by index in PCI order.
 * @throws OctetError `device-not-supported` for a CPU.
 */
export function selectDevice(device: Device): DeviceSelection {
  if (device.kind === 'cpu') {
    throw new OctetError(
      'device-not-supported',
      'TensorRT runs on NVIDIA GPUs and DLAs: choose runtime onnxruntime for a CPU.',
    );
  }
  if (device.kind === 'dla') return { environment: {}, deviceIndex: null, dlaCore: device.core };
  if (/^(?:GPU|MIG)-/.test(device.id)) {
    return { environment: { CUDA_VISIBLE_DEVICES: device.id }, deviceIndex: null, dlaCore: null };
  }
  return { environment: { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }, deviceIndex: device.index, dlaCore: null };
}
