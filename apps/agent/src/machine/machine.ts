import { readFile } from 'node:fs/promises';
import { deviceClassOf, OctetError, type Device, type RuntimeName, type RuntimeProbe } from '@octet/domain';
import { probeDevices } from '@octet/hardware';
import { deviceSchema, type Slot } from '@octet/protocol';
import { z } from 'zod';
import type { AgentConfig } from '../config.js';
import { drives, realRuntimes, runtimeByName } from './runtimes.js';

export interface Machine {
  slots: Slot[];
  /** What is not offered on a device that is here, and why. */
  notes: string[];
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

interface Answer {
  name: RuntimeName;
  probe: RuntimeProbe | null;
  /** Why there is none. */
  reason: string | null;
}

function askRuntimes(config: AgentConfig): Promise<Answer[]> {
  const names = config.runtimes ?? realRuntimes;
  return Promise.all(
    names.map(async (name) => {
      const runtime = await runtimeByName(name, { scriptPath: config.scriptPath });
      const probe = await runtime.probe();
      const reason = probe === null ? ((await runtime.whyAbsent?.())?.message ?? null) : null;
      return { name, probe, reason };
    }),
  );
}

/** A slot for each device that at least one runtime drives. */
export function slotsOf(devices: readonly Device[], probes: readonly RuntimeProbe[]): Slot[] {
  return devices.flatMap((device) => {
    const runtimes = probes.filter((probe) => drives(probe.name, device));
    return runtimes.length === 0 ? [] : [{ slotId: device.id, device, deviceClass: deviceClassOf(device), runtimes }];
  });
}

/** What a device of this host could run and does not, with the reason. */
function absences(devices: readonly Device[], answers: readonly Answer[]): string[] {
  return answers.flatMap(({ name, reason }) =>
    reason !== null && devices.some((device) => drives(name, device)) ? [`${name} is not offered: ${reason}`] : [],
  );
}

/**
 * Finds out what this host can measure on.
 * @throws OctetError `nothing-to-measure-on` when no runtime drives any device.
 */
export async function probeMachine(config: AgentConfig): Promise<Machine> {
  const [devices, answers] = await Promise.all([
    config.devicesPath === null ? probeDevices(config.cpuThreads) : simulatedDevices(config.devicesPath),
    askRuntimes(config),
  ]);
  const probes = answers.flatMap(({ probe }) => probe ?? []);
  const slots = slotsOf(devices, probes);
  const notes = absences(devices, answers);
  if (slots.length > 0) return { slots, notes };
  throw new OctetError(
    'nothing-to-measure-on',
    `No runtime drives a device of this host (devices: ${devices.map((device) => device.name).join(', ')}; runtimes: ${probes.map((probe) => probe.name).join(', ') || 'none'}). Install onnxruntime-node (npm ci), or see OCTET_RUNTIMES. ${notes.join(' ')}`.trim(),
  );
}
