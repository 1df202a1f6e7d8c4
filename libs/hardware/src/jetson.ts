import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { DlaDevice, GpuDevice } from '@octet/domain';
import { runTool, type RunTool } from './nvidia-smi-process.js';

interface Soc {
  architecture: `sm_${number}`;
  dlaCores: number;
}

/**
 * Tegra chips by their device-tree `compatible` entry (Linux, Documentation/devicetree/bindings/arm/tegra.yaml) and the
 * SM of their GPU; DLA cores from NVIDIA's Jetson data sheets. The Orin Nano (p3767-0003 to -0005) has its DLA fused off.
 */
const socs: Record<string, Soc> = {
  'nvidia,tegra210': { architecture: 'sm_53', dlaCores: 0 },
  'nvidia,tegra186': { architecture: 'sm_62', dlaCores: 0 },
  'nvidia,tegra194': { architecture: 'sm_72', dlaCores: 2 },
  'nvidia,tegra234': { architecture: 'sm_87', dlaCores: 2 },
};
const oneDla = /^nvidia,p3767-0001$/;
const noDla = /^nvidia,p3767-000[345]$/;

export interface DeviceTree {
  /** `/proc/device-tree/model`: `NVIDIA Jetson AGX Xavier Developer Kit`. */
  model: string;
  /** `/proc/device-tree/compatible`, most specific first. */
  compatible: string[];
  /** From nvpmodel: `MAXN`, `15W`; null where it is not there. */
  powerMode: string | null;
  memoryBytes: number;
}

/** `nvpmodel -q` prints `NV Power Mode: MODE_15W`, and the number on the next line. */
export function parsePowerMode(output: string | null): string | null {
  return /NV Power Mode:\s*(?:MODE_)?(\S+)/.exec(output ?? '')?.[1] ?? null;
}

/** GPU and DLA cores of a Jetson, [] for every other machine. Memory is shared with the CPU. */
export function jetsonDevices(tree: DeviceTree): (GpuDevice | DlaDevice)[] {
  const soc = tree.compatible.map((name) => socs[name]).find((found) => found !== undefined);
  if (soc === undefined) return [];
  const { architecture } = soc;
  const { memoryBytes, powerMode } = tree;
  const gpu: GpuDevice = {
    kind: 'gpu',
    id: 'jetson-gpu',
    name: tree.model,
    architecture,
    memoryBytes,
    powerLimitW: null,
    powerMode,
    driverVersion: null,
    index: 0,
    mig: false,
  };
  const has = (pattern: RegExp) => tree.compatible.some((name) => pattern.test(name));
  const cores = has(noDla) ? 0 : has(oneDla) ? 1 : soc.dlaCores;
  const dlas = Array.from({ length: cores }, (_, core): DlaDevice => {
    return { kind: 'dla', id: `dla${core}`, name: tree.model, architecture, core, memoryBytes, powerMode };
  });
  return [gpu, ...dlas];
}

/** Device-tree strings end in (and are parted by) NUL. */
export function deviceTreeStrings(content: string): string[] {
  return content.split('\0').filter((part) => part !== '');
}

/** The Jetson's devices, [] where this is none. */
export async function probeJetson(run: RunTool = runTool): Promise<(GpuDevice | DlaDevice)[]> {
  const read = (name: string) => readFile(`/proc/device-tree/${name}`, 'utf8').catch(() => '');
  const compatible = deviceTreeStrings(await read('compatible'));
  if (!compatible.some((name) => name in socs)) return [];
  const model = deviceTreeStrings(await read('model'))[0] ?? 'NVIDIA Jetson';
  const powerMode = parsePowerMode(await run('nvpmodel', ['-q']));
  return jetsonDevices({ model, compatible, powerMode, memoryBytes: totalmem() });
}
