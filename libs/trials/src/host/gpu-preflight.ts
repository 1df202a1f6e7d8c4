import type { Device, TrialRecord } from '@octet/domain';
import { gpuProcesses, runTool, type RunTool } from '@octet/hardware';

/** Who else computes on the GPU, asked before own engines are loaded. Nothing for other devices. */
export async function gpuPreflight(device: Device, run: RunTool = runTool): Promise<TrialRecord['environment']> {
  if (device.kind !== 'gpu') return { facts: {}, warnings: [] };
  const others = await gpuProcesses(device.id, run);
  const facts = { otherGpuProcesses: others.length };
  if (others.length === 0) return { facts, warnings: [] };
  const names = [...new Set(others.map(({ name }) => name))].slice(0, 3).join(', ');
  return {
    facts,
    warnings: [
      {
        id: 'gpu-shared',
        message: `${others.length} process(es) of others hold this GPU (${names}): they take time, memory bandwidth and power from what is measured.`,
        advice: 'Stop them, or measure on a GPU that nobody else uses.',
      },
    ],
  };
}
