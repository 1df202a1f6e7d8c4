import { join } from 'node:path';
import { isOwnModel, OctetError, type TrialRecord, type TrialSpec } from '@octet/domain';
import { openPathOf, type Assignment, type TrialProgress } from '@octet/protocol';
import { BundleStore } from '../bundles/bundle-store.js';
import type { AgentConfig } from '../config.js';
import type { ControllerClient } from '../connection/controller-client.js';
import type { Machine } from '../machine/machine.js';
import type { TrialChannel, TrialJob } from './trial-job.js';
import { runInProcess } from './trial-process.js';

type Paths = Pick<TrialJob, 'modelPath' | 'datasetPath' | 'ownModels'>;

const noCache = { hits: 0, builds: 0, calibrations: 0 };

/** From an assignment to a record: fetches what the trial needs, then runs it. */
export class TrialRunner {
  private readonly models: BundleStore;
  private readonly datasets: BundleStore;

  constructor(
    private readonly config: AgentConfig,
    private readonly machine: Machine,
    private readonly client: ControllerClient,
    private readonly facts: TrialJob['facts'],
    private readonly plugins: TrialJob['plugins'],
  ) {
    this.models = new BundleStore(join(config.dataDir, 'models'), config.cacheBytes);
    this.datasets = new BundleStore(join(config.dataDir, 'datasets'), config.cacheBytes);
  }

  /** @throws OctetError of the fetch, of the trial, or `trial-process-ended`. */
  async run(
    { spec, slotId, noiseFloor }: Assignment,
    onProgress: (progress: TrialProgress) => void,
    signal: AbortSignal,
  ): Promise<TrialRecord> {
    const slot = this.machine.slots.find((one) => one.slotId === slotId);
    if (slot === undefined) throw new OctetError('slot-unknown', `This agent has no slot ${slotId}.`);
    const played = spec.runtime === 'scripted' || spec.runtime === 'null';
    const paths = played ? noPaths : await this.fetch(spec, onProgress, signal);
    const { dataDir, cacheBytes, scriptPath, hostLock, gpu } = this.config;
    const host = { dataDir, cacheBytes, scriptPath, hostLock, gpu, plugins: this.plugins, facts: this.facts };
    const job: TrialJob = { spec, device: slot.device, noiseFloor, ...paths, ...host };
    const channel: TrialChannel = { onProgress, calibrationTables: this.tables() };
    // Played engines do no work worth a process: thousands of simulated trials run here.
    if (played) return (await import('./trial-job.js')).executeTrial(job, channel, signal);
    return runInProcess(job, channel, signal);
  }

  private tables(): TrialChannel['calibrationTables'] {
    return {
      get: (key) => this.client.calibrationTable(key),
      put: (key, table) => this.client.putCalibrationTable(key, table),
    };
  }

  private async fetch(
    spec: TrialSpec,
    onProgress: (progress: TrialProgress) => void,
    signal: AbortSignal,
  ): Promise<Paths> {
    const tell = (message: string): void =>
      onProgress({ phase: 'fetch', message, rounds: 0, interval: null, secondsLeft: null, cache: noCache });
    tell(`fetching ${spec.model.name}`);
    const modelPath = await this.model(spec.model.sha256, signal);
    if (spec.dataset !== null) tell(`fetching ${spec.dataset.name}`);
    const datasetPath = spec.dataset === null ? null : await this.dataset(spec.dataset.sha256, signal);
    const ownModels: Record<string, string> = {};
    for (const recipe of spec.recipes) {
      if (isOwnModel(recipe) && recipe.sha256 !== null)
        ownModels[recipe.sha256] = await this.model(recipe.sha256, signal);
    }
    return { modelPath, datasetPath, ownModels };
  }

  private async model(sha256: string, signal: AbortSignal): Promise<string> {
    const source = { describe: () => this.client.model(sha256), blob: this.client.blob.bind(this.client) };
    const { dir, bundle } = await this.models.take(sha256, source, signal);
    return join(dir, openPathOf(bundle.files));
  }

  private async dataset(sha256: string, signal: AbortSignal): Promise<string> {
    const source = { describe: () => this.client.dataset(sha256), blob: this.client.blob.bind(this.client) };
    const { dir, bundle } = await this.datasets.take(sha256, source, signal);
    return join(dir, openPathOf(bundle.files));
  }
}

const noPaths: Paths = { modelPath: '', datasetPath: null, ownModels: {} };
