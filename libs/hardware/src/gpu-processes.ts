import { runTool, type RunTool } from './nvidia-smi-process.js';

/** A process that holds a context on a GPU, as nvidia-smi tells. */
export interface GpuProcess {
  pid: number;
  name: string;
  /** null where the driver does not tell (containers, MIG). */
  memoryBytes: number | null;
}

/** Processes that compute on a GPU now; [] where nvidia-smi is not there. Ask before own engines are loaded: then they are others'. */
export async function gpuProcesses(uuid: string, run: RunTool = runTool): Promise<GpuProcess[]> {
  const query = '--query-compute-apps=gpu_uuid,pid,used_memory,process_name';
  return parseGpuProcesses((await run('nvidia-smi', [query, '--format=csv,noheader,nounits'])) ?? '', uuid);
}

/** Lines `UUID, PID, MiB, NAME`; a name may hold commas. */
export function parseGpuProcesses(csv: string, uuid: string): GpuProcess[] {
  return csv.split('\n').flatMap((line) => {
    const [gpu, pid, memory, ...name] = line.split(',').map((cell) => cell.trim());
    if (gpu !== uuid || !/^\d+$/.test(pid ?? '')) return [];
    const mebibytes = Number(memory);
    const memoryBytes = memory === '' || !Number.isFinite(mebibytes) ? null : mebibytes * 2 ** 20;
    return [{ pid: Number(pid), name: name.join(', '), memoryBytes }];
  });
}
