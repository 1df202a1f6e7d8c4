import { join } from 'node:path';
import type { Device, TrialRecord, TrialSpec } from '@octet/domain';
import { watchGpu } from '@octet/hardware';
import type { TrialProgress } from '@octet/protocol';
import { noHostLock, openCaches, runProof, runTrial, type CalibrationTables, type TrialDeps } from '@octet/trials';
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
  facts: Record<string, string | number | boolean | null>;
}

/** What a running trial asks and tells. */
export interface TrialChannel {
  calibrationTables: CalibrationTables;
  onProgress: (progress: TrialProgress) => void;
}

/** Runs a trial here, in this process. */
export async function executeTrial(job: TrialJob, channel: TrialChannel, signal: AbortSignal): Promise<TrialRecord> {
  const { spec, device, noiseFloor, modelPath, datasetPath, ownModels, facts } = job;
  const deps: TrialDeps = {
    device,
    runtime: await runtimeByName(spec.runtime, job.scriptPath),
    caches: openCaches(join(job.dataDir, 'cache'), { engines: job.cacheBytes, models: job.cacheBytes }),
    modelPath,
    datasetPath,
    ownModels,
    noiseFloor,
    facts,
    signal,
    ...channel,
    ...(device.kind === 'gpu' ? { telemetry: watchGpu(device.id) } : {}),
    ...(job.hostLock ? {} : { hostLock: noHostLock }),
  };
  return spec.serve === undefined ? runTrial(spec, deps) : runProof(spec, spec.serve, deps);
}
