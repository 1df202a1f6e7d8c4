import type { Device } from '@octet/domain';
import { gpuTelemetry, runTool, type RunTool } from '@octet/hardware';
import type { DeviceReading, Slot, SlotReadings } from '@octet/protocol';
import { cpuTelemetry, type TelemetrySource } from '@octet/trials';

interface Source {
  slotId: string;
  source: TelemetrySource;
}

/** How the devices of these slots are, now. Devices that are made up have nothing to read. */
export function deviceReadings(
  slots: readonly Slot[],
  simulated: boolean,
  run: RunTool = runTool,
): () => Promise<SlotReadings> {
  const once = askedOnce(run);
  const sources = simulated ? [] : slots.flatMap(({ slotId, device }) => sourceOf(slotId, device, once));
  return () => Promise.all(sources.map(readingOf));
}

function sourceOf(slotId: string, device: Device, run: RunTool): Source[] {
  if (device.kind === 'cpu') return [{ slotId, source: cpuTelemetry() }];
  return device.kind === 'gpu' ? [{ slotId, source: gpuTelemetry(device.id, run) }] : [];
}

async function readingOf({ slotId, source }: Source): Promise<SlotReadings[number]> {
  const { smClockMhz, cpuClockMhz, temperatureC, powerW, utilization, throttle } = await source.read();
  const clockMhz = smClockMhz ?? cpuClockMhz;
  const at = new Date().toISOString();
  return { slotId, reading: { at, clockMhz, temperatureC, powerW, utilization, throttle } satisfies DeviceReading };
}

/** The GPUs of a host ask the same question at the same moment: one process answers them all. */
function askedOnce(run: RunTool): RunTool {
  const underWay = new Map<string, Promise<string | null>>();
  return (command, args) => {
    const question = [command, ...args].join(' ');
    const asked = underWay.get(question);
    if (asked !== undefined) return asked;
    const answer = run(command, args).finally(() => underWay.delete(question));
    underWay.set(question, answer);
    return answer;
  };
}
