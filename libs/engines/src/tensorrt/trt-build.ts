import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { deviceClassOf, OctetError } from '@octet/domain';
import type { BuildRequest, BuiltEngine } from '../port.js';
import {
  allowedPlugins,
  parseBuildOptions,
  restPrecision,
  type AllowedPlugin,
  type TensorRtBuildOptions,
} from './build-options.js';
import { buildArguments, type BuildPlan, type DynamicShapes } from './command-line.js';
import { isRefusal } from './dialect.js';
import { borrowTimingCache, type TimingCache } from './timing-cache.js';
import { selectDevice, trtHost, type TrtHost } from './trt-host.js';
import { buildCodes, failureOf } from './trtexec-failure.js';
import { parseTrtexecLog, type TrtexecLog } from './trtexec-log.js';
import type { TrtexecProbe } from './trtexec-probe.js';
import { launchTrtexec, type TrtexecOutcome } from './trtexec-process.js';

export interface BuildSettings {
  /** Folder of the timing caches shared within device classes; null: none. */
  timingCacheDir: string | null;
  plugins: readonly AllowedPlugin[];
}

/** What `open` needs of a TensorRT manifest's `options`. */
export interface TrtManifestOptions extends Record<string, unknown> {
  deviceClass: string;
  /** Whether shapes must be given at each run. */
  dynamic: boolean;
  plugins: AllowedPlugin[];
  arguments: string[];
  warnings: string[];
  missingRanges: string[];
  timingCache: { state: TrtexecLog['timingCache']; sha256In: string | null } | null;
}

export const planFile = 'engine.plan';
export const logFile = 'build.log';

/**
 * Builds an engine with trtexec. @throws OctetError: `build-failed`, `build-timeout`, `engine-cancelled`, a cause that trtexec
 * named (`library-missing`, `gpu-out-of-memory`, ...), or the code of what this version can't build.
 */
export async function buildEngine(
  request: BuildRequest,
  probe: TrtexecProbe,
  settings: BuildSettings,
): Promise<BuiltEngine> {
  if (request.signal.aborted) throw new OctetError('engine-cancelled', `${request.label}: cancelled.`);
  const options = parseBuildOptions(request.options);
  const host = trtHost(probe, options.force);
  const plugins = await allowedPlugins(options.plugins, settings.plugins);
  const scratchDir = await mkdtemp(join(tmpdir(), 'octet-build-'));
  try {
    const cache = await timingCacheFor(request, host, options, settings, scratchDir);
    return await build(request, host, options, plugins, cache);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

async function timingCacheFor(
  { device }: BuildRequest,
  { version }: TrtHost,
  { timingCache }: TensorRtBuildOptions,
  { timingCacheDir }: BuildSettings,
  scratchDir: string,
): Promise<TimingCache | null> {
  if (timingCacheDir === null || !timingCache) return null;
  return borrowTimingCache(timingCacheDir, device, version, scratchDir);
}

async function build(
  request: BuildRequest,
  host: TrtHost,
  options: TensorRtBuildOptions,
  plugins: AllowedPlugin[],
  cache: TimingCache | null,
): Promise<BuiltEngine> {
  const fixed = buildPlan(request, options, plugins, cache, options.dynamic ?? null);
  const first = await launchBuild(request, host, fixed);
  // The model turned out to have dynamic dimensions: they are fixed to the trial's shape.
  const dynamic = first.ended === 'stopped' && options.dynamic === undefined;
  const plan = dynamic ? { ...fixed, shapes: onlyShape(request.shapes) } : fixed;
  const outcome = dynamic ? await launchBuild(request, host, plan) : first;
  await writeFile(join(request.outputDir, logFile), outcome.output);
  const failure = failureOf(outcome, request.label, buildCodes);
  if (failure !== null) throw failure;
  await cache?.publish();
  return builtEngine(request, host, plan, plugins, cache, outcome);
}

function onlyShape(shapes: Record<string, number[]>): DynamicShapes {
  return { min: shapes, opt: shapes, max: shapes };
}

function buildPlan(
  request: BuildRequest,
  options: TensorRtBuildOptions,
  plugins: readonly AllowedPlugin[],
  cache: TimingCache | null,
  shapes: DynamicShapes | null,
): BuildPlan {
  const { deviceIndex, dlaCore } = selectDevice(request.device);
  const { calibrationCachePath } = request;
  return {
    modelPath: request.modelPath,
    enginePath: join(request.outputDir, planFile),
    variant: request.variant,
    typedModel: options.typedModel,
    int8:
      request.variant === 'int8'
        ? {
            placement: calibrationCachePath === null ? 'explicit' : 'implicit',
            calibrationCachePath,
            rest: restPrecision(options, request.device),
          }
        : null,
    shapes,
    deviceIndex,
    dlaCore,
    timingCachePath: cache?.path ?? null,
    builderOptimizationLevel: options.builderOptimizationLevel ?? null,
    plugins: plugins.map(({ path }) => path),
    tacticSources: options.tacticSources ?? null,
    inputFormats: options.inputFormats,
    outputFormats: options.outputFormats,
  };
}

function launchBuild(request: BuildRequest, host: TrtHost, plan: BuildPlan): Promise<TrtexecOutcome> {
  const args = buildArguments(plan, host.dialect);
  if (isRefusal(args)) throw new OctetError(args.code, args.message);
  return launchTrtexec({
    command: host.command,
    arguments: args,
    environment: selectDevice(request.device).environment,
    timeLimitMs: request.timeLimitMs,
    signal: request.signal,
    onLine: (line, stop) => {
      // Without shapes trtexec would build for batch 1: stop before minutes are spent on the wrong engine.
      if (plan.shapes === null && /Dynamic dimensions required for input.*no shapes were provided/.test(line)) stop();
      const told = progressOf(line);
      if (told !== null) request.onProgress(told);
    },
  });
}

/** Lines that say how far a build is; the echo of all options is left out. */
function progressOf(line: string): string | null {
  const text = /^\[[^\]]+\] \[[IWE]\] (.*)$/.exec(line)?.[1];
  if (text === undefined) return null;
  return /parsing network|timing cache|Engine built|engine with size|Error|Building|Detected \d+ inputs|layers? (?:were|will)/.test(
    text,
  )
    ? text.replace('[TRT] ', '')
    : null;
}

async function builtEngine(
  request: BuildRequest,
  host: TrtHost,
  plan: BuildPlan,
  plugins: AllowedPlugin[],
  cache: TimingCache | null,
  outcome: TrtexecOutcome,
): Promise<BuiltEngine> {
  const size = await stat(plan.enginePath).catch(() => null);
  if (size === null || size.size === 0) {
    throw new OctetError('build-failed', `${request.label}: trtexec passed but left no engine at ${plan.enginePath}.`);
  }
  const log = parseTrtexecLog(outcome.output);
  const args = buildArguments(plan, host.dialect);
  const options: TrtManifestOptions = {
    deviceClass: deviceClassOf(request.device),
    dynamic: plan.shapes !== null,
    plugins,
    arguments: isRefusal(args) ? [] : args,
    warnings: log.warnings,
    missingRanges: log.missingRanges,
    timingCache: cache === null ? null : { state: log.timingCache, sha256In: cache.sha256In },
  };
  return {
    dir: request.outputDir,
    manifest: {
      runtime: 'tensorrt',
      runtimeVersion: host.version,
      variant: request.variant,
      shapes: request.shapes,
      threads: request.threads,
      options,
      buildNs: log.buildNs ?? Math.round(outcome.wallMs * 1e6),
      sizeBytes: size.size,
      sha256: await sha256Of(plan.enginePath),
      files: [logFile, planFile],
    },
  };
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
