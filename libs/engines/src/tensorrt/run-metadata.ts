import { z } from 'zod';
import { parseTolerantJson } from './tolerant-json.js';
import type { LoggedDevice } from './trtexec-log.js';

const schema = z.object({
  device_information: z.object({
    'Selected Device': z.string(),
    'Compute Capability': z.number().optional(),
    'Device Global Memory': z.string().optional(),
  }),
});

/** The device named in a `metadata.json` of trt-engine-explorer (it parses trtexec's log); null where it names none. */
export function metadataDevice(text: string): LoggedDevice | null {
  const parsed = schema.safeParse(parseTolerantJson(text, 'The run metadata'));
  if (!parsed.success) return null;
  const device = parsed.data.device_information;
  const memory = /^(\d+) MiB$/.exec(device['Device Global Memory'] ?? '')?.[1];
  return {
    name: device['Selected Device'],
    computeCapability: device['Compute Capability']?.toFixed(1) ?? null,
    memoryMiB: memory === undefined ? null : Number(memory),
  };
}
