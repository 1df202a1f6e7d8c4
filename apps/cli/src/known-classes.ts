import { deviceClassOf, type Device, type KnownClass, type RuntimeProbe } from '@octet/domain';
import { createOnnxRuntime, createTensorRtRuntime } from '@octet/engines';
import { probeDevices } from '@octet/hardware';
import { routes, type AgentDocument } from '@octet/protocol';
import { controllerAddress, ControllerClient } from './controller-client.js';

/** Where trials could run: the fleet's device classes, or this machine's. */
export interface KnownPlaces {
  classes: KnownClass[];
  /** Connected slots by device class. */
  slots: ReadonlyMap<string, number>;
  source: 'fleet' | 'this machine';
}

/** The fleet where a controller answers, else this machine: a plan needs no service. `here` asks for this machine. */
export async function knownPlaces(here: boolean, threads: number | null): Promise<KnownPlaces> {
  return (here ? null : await fleet()) ?? thisMachine(threads);
}

async function fleet(): Promise<KnownPlaces | null> {
  const client = reachableClient();
  const answer = await client?.get<{ agents: AgentDocument[] }>(routes.agents).catch(() => null);
  if (answer === null || answer === undefined) return null;
  const slots = new Map<string, number>();
  const classes = answer.agents.flatMap((agent) =>
    agent.slots.map((slot): KnownClass => {
      const connected = agent.state === 'connected' ? 1 : 0;
      slots.set(slot.deviceClass, (slots.get(slot.deviceClass) ?? 0) + connected);
      return { deviceClass: slot.deviceClass, device: slot.device, runtimes: slot.runtimes };
    }),
  );
  return { classes, slots, source: 'fleet' };
}

/** A controller that has never been started leaves no token: then there is none to ask. */
export function reachableClient(): ControllerClient | null {
  try {
    return new ControllerClient(controllerAddress());
  } catch {
    return null;
  }
}

async function thisMachine(threads: number | null): Promise<KnownPlaces> {
  const [devices, onCpu, ...found] = await Promise.all([
    probeDevices(threads),
    createOnnxRuntime().probe(),
    createTensorRtRuntime().probe(),
    createOnnxRuntime({ provider: 'cuda' }).probe(),
    createOnnxRuntime({ provider: 'tensorrt' }).probe(),
  ]);
  const onGpu = found.filter((probe) => probe !== null);
  const runtimesOf = (device: Device): RuntimeProbe[] => {
    if (device.kind === 'cpu') return onCpu === null ? [] : [onCpu];
    return onGpu.filter(({ name }) => device.kind === 'gpu' || name === 'tensorrt');
  };
  const classes = devices.map((device): KnownClass => ({
    deviceClass: deviceClassOf(device),
    device,
    runtimes: runtimesOf(device),
  }));
  return {
    classes,
    slots: new Map(classes.map((known) => [known.deviceClass, 1])),
    source: 'this machine',
  };
}
