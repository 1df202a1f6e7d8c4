import { join } from 'node:path';
import type { Device, TrialRecord, TrialSpec } from '@octet/domain';
import { watchGpu } from '@octet/hardware';
import type { AllowedPlugin } from '@octet/engines';
import type { TrialProgress } from '@octet/protocol';
import {
  lockClocks,
  noHostLock,
  openCaches,
  runProof,
  runTrial,
  type CalibrationTables,
  type TrialDeps,
} from '@octet/trials';
import type { GpuSettings } from '../gpu-config.js';
import { runtimeByName } from '../machine/runtimes.js';

/** All that a trial needs and that can travel to another process. */
export interface TrialJob {
  spec: TrialSpec;
  device: Device;
  noiseFloor: number;
  modelPath: string;
  datasetPath: string | null;
  ownModels: Record<string, string>;
  dataDir: string;
  cacheBytes: number;
  scriptPath: string | null;
  hostLock: boolean;
  gpu: GpuSettings;
  /** The plugins of `gpu`, with the hashes they had when the agent started. */
  plugins: AllowedPlugin[];
  facts: Record<string, string | number | boolean | null>;
}

/** What a running trial asks and tells. */
export interface TrialChannel {
  calibrationTables: CalibrationTables;
  onProgress: (progress: TrialProgress) => void;
}

/** Runs a trial here, in this process. */
export async function executeTrial(job: TrialJob, channel: TrialChannel, signal: AbortSignal): Promise<TrialRecord> {
  const { spec, device, noiseFloor, modelPath, datasetPath, ownModels, facts, gpu, plugins, scriptPath } = job;
  const deps: TrialDeps = {
    device,
    runtime: await runtimeByName(spec.runtime, { scriptPath, plugins, timingCacheDir: gpu.timingCacheDir }),
    caches: openCaches(join(job.dataDir, 'cache'), { engines: job.cacheBytes, models: job.cacheBytes }),
    modelPath,
    datasetPath,
    ownModels,
    noiseFloor,
    facts,
    signal,
    ...channel,
    ...forGpu(job),
    ...(job.hostLock ? {} : { hostLock: noHostLock }),
  };
  return spec.serve === undefined ? runTrial(spec, deps) : runProof(spec, spec.serve, deps);
}

/** What only concerns devices with clocks to lock and engines to build. */
function forGpu({ spec, device, gpu }: TrialJob): Partial<TrialDeps> {
  if (device.kind === 'cpu') return {};
  const mhz = gpu.lockClocksMhz;
  return {
    study: gpu.study,
    buildLimitMs: gpu.buildLimitMs,
    ...(spec.runtime === 'tensorrt' && { buildOptions: gpu.buildOptions }),
    ...(device.kind === 'gpu' && {
      telemetry: watchGpu(device.id),
      lockClocks: mhz === null ? null : () => lockClocks(device.id, mhz),
    }),
  };
}
