import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceClassOf, median, OctetError, type RunMode } from '@octet/domain';
import type {
  LayerProfile,
  LoadedEngine,
  ModeSamples,
  OpenRequest,
  RoundPlan,
  RoundSamples,
  TensorMap,
} from '../port.js';
import { mainMode, runArguments, type RunPlan } from './command-line.js';
import { joinLayers } from './join-layers.js';
import { parseLayerInformation } from './layer-information.js';
import { parseLayerProfile } from './layer-profile.js';
import { modeSamples } from './mode-samples.js';
import { parseRunTimes, type RunTimes } from './run-times.js';
import { readOutputs, writeInputs } from './tensor-files.js';
import { planFile, sha256Of, type TrtManifestOptions } from './trt-build.js';
import { selectDevice, type TrtHost } from './trt-host.js';
import { failureOf, mayRetry, runCodes } from './trtexec-failure.js';
import { parseTrtexecLog, type TrtexecLog } from './trtexec-log.js';
import { launchTrtexec } from './trtexec-process.js';

/** A launch that crashed or hung, whether or not the second try went well. */
export interface Incident {
  code: string;
  message: string;
  retried: boolean;
}

/** A TensorRT engine ready to be measured: each call is a process of trtexec. */
export interface TensorRtEngine extends LoadedEngine {
  measureIn(mode: RunMode, plan: RoundPlan): Promise<ModeSamples>;
  soak(durationMs: number): Promise<void>;
  readonly incidents: readonly Incident[];
}

/** Every launch measures less than 2 s, so that variants alternate under the same temperature (issue of clocks: warm-up below). */
const longestLaunchMs = 1_500;
/** Untimed runs at the start of each launch: the clocks fell while the engine was loaded. */
const warmUpMs = 200;
const firstWarmUpMs = 500;
const profileMs = 500;
const flatEnough = 0.01;
const warmUpLaunches = 4;

export interface EngineSettings {
  /** Time that a hung launch is waited for beyond what its plan needs. */
  watchdogMs: number;
}

/**
 * Loads an engine in a first, discarded launch. @throws OctetError: `engine-of-other-class`, `engine-of-other-version`,
 * `engine-damaged` before anything is run; codes of a failed launch.
 */
export async function openEngine(
  request: OpenRequest,
  host: TrtHost,
  settings: EngineSettings,
): Promise<TensorRtEngine> {
  if (request.signal.aborted) throw new OctetError('engine-cancelled', 'Cancelled before the engine was loaded.');
  await refuseForeign(request, host);
  const scratchDir = await mkdtemp(join(tmpdir(), 'octet-trt-'));
  try {
    const engine = new EngineProcesses(request, host, settings, scratchDir);
    await engine.load();
    return engine;
  } catch (error) {
    await rm(scratchDir, { recursive: true, force: true });
    throw error;
  }
}

/** A plan file is executable code for one GPU and version: what was built elsewhere or changed is never loaded. */
async function refuseForeign({ engine, device }: OpenRequest, { version }: TrtHost): Promise<void> {
  const { manifest } = engine;
  const { deviceClass } = manifest.options as TrtManifestOptions;
  if (deviceClass !== deviceClassOf(device)) {
    throw new OctetError(
      'engine-of-other-class',
      `The engine was built for ${deviceClass}, not for ${deviceClassOf(device)}: build it again here.`,
    );
  }
  if (manifest.runtime !== 'tensorrt' || manifest.runtimeVersion !== version) {
    throw new OctetError(
      'engine-of-other-version',
      `The engine was built by ${manifest.runtime} ${manifest.runtimeVersion}, not TensorRT ${version}: build it again here.`,
    );
  }
  if ((await sha256Of(join(engine.dir, planFile)).catch(() => null)) !== manifest.sha256) {
    throw new OctetError(
      'engine-damaged',
      `${join(engine.dir, planFile)} is not the file that was built: build it again.`,
    );
  }
}

type Launch = Partial<
  Pick<RunPlan, 'exportTimes' | 'exportOutput' | 'profile' | 'iterations' | 'durationMs' | 'warmUpMs'>
>;

/**
 * Of a launch that is not for its times. trtexec counts the runs that begin at or after its own start event; with a single short one
 * 8.5.3 at times ends with SIGSEGV in its report (seen on an H200 with one run, not in 222 launches of ten).
 */
const fewRuns = 10;

class EngineProcesses implements TensorRtEngine {
  loadNs = 0;
  /** Every launch is a process of its own. */
  readonly renew = null;
  readonly incidents: Incident[] = [];
  private files: Record<string, string> = {};
  private peakBytes: number | null = null;
  /** Of the last launch; says how many runs fit into a round. */
  private lastMedianNs: number | null = null;
  private launches = 0;

  constructor(
    private readonly request: OpenRequest,
    private readonly host: TrtHost,
    private readonly settings: EngineSettings,
    private readonly scratchDir: string,
  ) {}

  /** A few discarded inferences. */
  async load(): Promise<void> {
    this.files = await writeInputs(this.request.inputs, this.scratchDir, this.host.dialect);
    const times = this.scratch('times');
    const log = await this.launch(mainMode, { exportTimes: times, iterations: fewRuns, durationMs: 0, warmUpMs: 0 });
    this.loadNs = log.loadNs ?? 0;
    await this.timesFrom(times);
  }

  /** Until the medians of two launches in a row are within 1 %, at most four launches. */
  async warmUp(): Promise<number> {
    let runs = 0;
    for (let launch = 0; launch < warmUpLaunches; launch++) {
      const before = this.lastMedianNs ?? Number.POSITIVE_INFINITY;
      const times = this.scratch('times');
      await this.launch(mainMode, { exportTimes: times, iterations: 10, durationMs: 200, warmUpMs: firstWarmUpMs });
      runs += (await this.timesFrom(times)).computeNs.length;
      if (Math.abs((this.lastMedianNs ?? 0) / before - 1) < flatEnough) break;
    }
    return runs;
  }

  async measureRound(plan: RoundPlan): Promise<RoundSamples> {
    return { latenciesNs: (await this.timesIn(mainMode, plan)).times.computeNs };
  }

  async measureIn(mode: RunMode, plan: RoundPlan): Promise<ModeSamples> {
    const { times, log } = await this.timesIn(mode, plan);
    return modeSamples(mode, times, log);
  }

  async soak(durationMs: number): Promise<void> {
    await this.launch(mainMode, { iterations: fewRuns, durationMs: 0, warmUpMs: durationMs });
  }

  private async timesIn(mode: RunMode, plan: RoundPlan): Promise<{ times: RunTimes; log: TrtexecLog }> {
    const path = this.scratch('times');
    const durationMs = Math.min(plan.minDurationMs, plan.maxDurationMs, longestLaunchMs);
    const log = await this.launch(mode, {
      exportTimes: path,
      iterations: this.runsWithin(plan),
      durationMs,
      warmUpMs,
    });
    return { times: await this.timesFrom(path), log };
  }

  async profile(runs: number): Promise<LayerProfile> {
    const files = { exportProfile: this.scratch('profile'), exportLayerInfo: this.scratch('layers') };
    await this.launch(
      { ...mainMode, graph: false },
      { profile: files, iterations: runs, durationMs: profileMs, warmUpMs },
    );
    const profile = parseLayerProfile(await exported(files.exportProfile));
    const layers = joinLayers(parseLayerInformation(await exported(files.exportLayerInfo)), profile);
    return { layers, runs: profile.runs };
  }

  async infer(inputs: TensorMap): Promise<TensorMap> {
    const folder = await mkdtemp(join(this.scratchDir, 'infer-'));
    const output = join(folder, 'output.json');
    const files = await writeInputs(inputs, folder, this.host.dialect);
    const few = { exportOutput: output, iterations: fewRuns, durationMs: 0, warmUpMs: 0 };
    await this.launch({ ...mainMode, graph: false }, few, files);
    const outputs = await readOutputs(output);
    await rm(folder, { recursive: true, force: true });
    return outputs;
  }

  peakMemoryBytes(): Promise<number | null> {
    return Promise.resolve(this.peakBytes);
  }

  dispose(): Promise<void> {
    return rm(this.scratchDir, { recursive: true, force: true });
  }

  /** As many as asked for, unless that alone would pass the round's cap. */
  private runsWithin({ minRuns, maxDurationMs }: RoundPlan): number {
    if (this.lastMedianNs === null) return Math.max(minRuns, 1);
    return Math.max(1, Math.min(minRuns, Math.floor((maxDurationMs * 1e6) / this.lastMedianNs)));
  }

  private scratch(kind: string): string {
    return join(this.scratchDir, `${kind}-${++this.launches}.json`);
  }

  private async timesFrom(path: string): Promise<RunTimes> {
    const times = parseRunTimes(await exported(path));
    await rm(path, { force: true });
    this.lastMedianNs = median(times.computeNs);
    return times;
  }

  /** One process; a crash or a hang is tried once more, and counted. */
  private async launch(mode: RunMode, launch: Launch, inputs = this.files): Promise<TrtexecLog> {
    try {
      return await this.launchOnce(mode, launch, inputs);
    } catch (error) {
      if (!mayRetry(error) || !(error instanceof OctetError)) throw error;
      this.incidents.push({ code: error.code, message: error.message, retried: true });
      return this.launchOnce(mode, launch, inputs);
    }
  }

  private async launchOnce(mode: RunMode, launch: Launch, inputs: Record<string, string>): Promise<TrtexecLog> {
    const { engine, device, signal } = this.request;
    const { environment, deviceIndex, dlaCore } = selectDevice(device);
    const { dynamic, plugins } = engine.manifest.options as TrtManifestOptions;
    const plan: RunPlan = {
      enginePath: join(engine.dir, planFile),
      mode,
      warmUpMs,
      durationMs: 0,
      iterations: 1,
      exportTimes: null,
      exportOutput: null,
      profile: null,
      ...launch,
      inputs,
      shapes: dynamic ? engine.manifest.shapes : null,
      deviceIndex,
      dlaCore,
      plugins: plugins.map(({ path }) => path),
    };
    const timeLimitMs = this.settings.watchdogMs + plan.durationMs + plan.warmUpMs;
    const outcome = await launchTrtexec({
      command: this.host.command,
      arguments: runArguments(plan, this.host.dialect),
      environment,
      timeLimitMs,
      signal,
    });
    const failure = failureOf(outcome, engine.manifest.variant, runCodes);
    if (failure !== null) throw failure;
    const log = parseTrtexecLog(outcome.output);
    if (log.managedGpuBytes !== null) this.peakBytes = Math.max(this.peakBytes ?? 0, log.managedGpuBytes);
    return log;
  }
}

/** A file that trtexec should have written. */
async function exported(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new OctetError('export-missing', 'trtexec passed but did not write what it was asked to export.', { cause });
  }
}
