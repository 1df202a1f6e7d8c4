import type { Device, EnvironmentWarning, TrialRecord } from '@octet/domain';
import { probeEnvironment } from '@octet/hardware';

/** Short, since every trial pays for it: long enough for a share of the CPU's time in ticks of 10 ms. */
const lookMs = 300;

/** A look at the host just before measuring, while nothing of the trial runs. */
export type Preflight = () => Promise<TrialRecord['environment']>;

/** Load, governor, turbo, virtual machine, swap, battery and heat of this host (libs/hardware). */
export const hostPreflight: Preflight = () => probeEnvironment(lookMs);

/** What the device itself says against measuring on it. */
export function deviceWarnings(device: Device): EnvironmentWarning[] {
  if (device.kind !== 'gpu' || !device.mig) return [];
  return [
    {
      id: 'mig',
      message:
        'The GPU is divided (MIG): what runs in its other instances shares memory bandwidth and power with this one.',
      advice: 'Measure with the other instances idle, or on a whole GPU.',
    },
  ];
}
