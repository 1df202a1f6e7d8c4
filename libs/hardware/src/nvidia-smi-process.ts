import { execFile } from 'node:child_process';
import type { GpuDevice } from '@octet/domain';
import {
  fieldsWithout,
  gpuFields,
  parseGpus,
  parseTelemetry,
  telemetryFields,
  unknownField,
  type GpuReading,
} from './nvidia-smi.js';

/** Runs a program and gives what it printed; null where it is not there or failed without a word. */
export type RunTool = (command: string, args: readonly string[]) => Promise<string | null>;

export const runTool: RunTool = (command, args) =>
  new Promise((resolve) => {
    execFile(command, [...args], { timeout: 10_000, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const said = stdout + stderr;
      resolve(error !== null && said.trim() === '' ? null : said);
    });
  });

/** Asks for fields; those that the driver does not know are dropped and it is asked again. */
async function query(
  run: RunTool,
  fields: readonly string[],
): Promise<{ csv: string; fields: readonly string[] } | null> {
  const csv = await run('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits']);
  if (csv === null) return null;
  const unknown = unknownField(csv);
  if (unknown === null) return { csv, fields };
  if (!fields.includes(unknown)) return null;
  const rest = fieldsWithout(fields, unknown);
  return rest.length === 0 ? null : query(run, rest);
}

/** The NVIDIA GPUs of this host; [] without nvidia-smi. */
export async function probeGpus(run: RunTool = runTool): Promise<GpuDevice[]> {
  const answer = await query(run, gpuFields);
  return answer === null ? [] : parseGpus(answer.csv, answer.fields);
}

/** A source of readings of one GPU, for sampling once a second: each reading takes some 20 ms in a process of its own. */
export function gpuTelemetry(uuid: string, run: RunTool = runTool): { read(): Promise<GpuReading> } {
  let fields: readonly string[] = telemetryFields;
  return {
    async read() {
      const answer = await query(run, fields);
      if (answer === null) return noReading;
      fields = answer.fields;
      return parseTelemetry(answer.csv, uuid, fields) ?? noReading;
    },
  };
}

export const noReading: GpuReading = {
  smClockMhz: null,
  memoryClockMhz: null,
  cpuClockMhz: null,
  temperatureC: null,
  powerW: null,
  utilization: null,
  throttle: [],
  cpuSteal: null,
  otherLoad: null,
};
