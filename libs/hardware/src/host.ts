import { hostname, platform, release } from 'node:os';
import type { Device, EnvironmentWarning } from '@octet/domain';
import { cpuDeviceOf, readCpuFacts } from './cpu.js';
import { readHostState } from './host-state.js';
import { probeJetson } from './jetson.js';
import { probeGpus, runTool, type RunTool } from './nvidia-smi-process.js';
import { preflightWarnings } from './preflight.js';

export type Facts = Record<string, string | number | boolean | null>;

/** Every device of this host that trials can run on: the CPU, NVIDIA GPUs, a Jetson's GPU and DLA cores. */
export async function probeDevices(cpuThreads: number | null, run: RunTool = runTool): Promise<Device[]> {
  const [cpu, gpus, jetson] = await Promise.all([readCpuFacts(), probeGpus(run), probeJetson(run)]);
  return [cpuDeviceOf(cpu, cpuThreads), ...gpus, ...(gpus.length === 0 ? jetson : [])];
}

/** What is recorded about the host beside each result, and what speaks against measuring now. */
export async function probeEnvironment(windowMs = 500): Promise<{ facts: Facts; warnings: EnvironmentWarning[] }> {
  const state = await readHostState(windowMs);
  const facts: Facts = { ...hostFacts(), ...state };
  return { facts, warnings: preflightWarnings(state) };
}

/** Name, system and versions: known at once, without looking at the load. */
export function hostFacts(): Facts {
  return { hostname: hostname(), platform: platform(), kernel: release(), node: process.versions.node };
}
