import { readFile } from 'node:fs/promises';
import { deviceClassOf, OctetError, type Device, type RuntimeProbe } from '@octet/domain';
import { probeDevices } from '@octet/hardware';
import { deviceSchema, type Slot } from '@octet/protocol';
import { z } from 'zod';
import type { AgentConfig } from '../config.js';
import { drives, realRuntimes, runtimeByName } from './runtimes.js';

export interface Machine {
  slots: Slot[];
}

/** Token of the machine in Nest's container. */
export const MACHINE = Symbol('Machine');

async function simulatedDevices(path: string): Promise<Device[]> {
  try {
    return z
      .array(deviceSchema)
      .min(1)
      .parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new OctetError('devices-invalid', `OCTET_DEVICES: ${path} is no list of devices: ${reason}`, { cause });
  }
}

async function probeRuntimes(config: AgentConfig): Promise<RuntimeProbe[]> {
  const names = config.runtimes ?? realRuntimes;
  const probes = await Promise.all(names.map(async (name) => (await runtimeByName(name, config.scriptPath)).probe()));
  return probes.filter((probe) => probe !== null);
}

/** A slot for each device that at least one runtime drives. */
export function slotsOf(devices: readonly Device[], probes: readonly RuntimeProbe[]): Slot[] {
  return devices.flatMap((device) => {
    const runtimes = probes.filter((probe) => drives(probe.name, device));
    return runtimes.length === 0 ? [] : [{ slotId: device.id, device, deviceClass: deviceClassOf(device), runtimes }];
  });
}

/**
 * Finds out what this host can measure on.
 * @throws OctetError `nothing-to-measure-on` when no runtime drives any device.
 */
export async function probeMachine(config: AgentConfig): Promise<Machine> {
  const [devices, probes] = await Promise.all([
    config.devicesPath === null ? probeDevices(config.cpuThreads) : simulatedDevices(config.devicesPath),
    probeRuntimes(config),
  ]);
  const slots = slotsOf(devices, probes);
  if (slots.length > 0) return { slots };
  throw new OctetError(
    'nothing-to-measure-on',
    `No runtime drives a device of this host (devices: ${devices.map((device) => device.name).join(', ')}; runtimes: ${probes.map((probe) => probe.name).join(', ') || 'none'}). Install onnxruntime-node (npm ci), or see OCTET_RUNTIMES.`,
  );
}
