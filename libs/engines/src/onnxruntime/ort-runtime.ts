import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RuntimeProbe } from '@octet/domain';
import { MeasuringProcess, type CommandLimits } from '../measuring-process/client.js';
import { defaultWatchdogMs, openIsolatedEngine } from '../measuring-process/isolated-engine.js';
import type { Commands, OrtSessionOptions } from '../measuring-process/messages.js';
import type { BuildRequest, BuiltEngine, LayerProfile, LoadedEngine, OpenRequest, Runtime } from '../port.js';
import { shortenOrtMessage } from './ort-message.js';
import { loadOptions, sessionOptions, withoutMatMulAddFusion } from './session-options.js';

export interface OnnxRuntimeOptions {
  /** Time that a hung engine is waited for beyond what a command needs by plan. */
  watchdogMs?: number;
}

const fileName = 'model.onnx';
/** Beside the model: outputs of the Transpose nodes that it had before it was optimised, for reading profiles. */
const transposesFile = 'own-transposes.json';

/** ONNX Runtime through onnxruntime-node, CPU provider. Builds, measures and profiles in processes of their own. */
export function createOnnxRuntime(options: OnnxRuntimeOptions = {}): Runtime {
  const watchdogMs = options.watchdogMs ?? defaultWatchdogMs;
  let probed: Promise<RuntimeProbe | null> | null = null;
  const probe = async (): Promise<RuntimeProbe | null> => {
    const found = await (probed ??= probeOnce(watchdogMs));
    // A host that was too busy to answer may answer later.
    if (found === null) probed = null;
    return found;
  };
  return {
    name: 'onnxruntime',
    probe,
    build: async (request) => build(request, (await probe())?.version ?? 'unknown'),
    open: (request) => open(request, watchdogMs),
  };
}

async function probeOnce(watchdogMs: number): Promise<RuntimeProbe | null> {
  const child = new MeasuringProcess('onnxruntime');
  try {
    const found = await child.request('probe', {}, limits(watchdogMs, null));
    return { name: 'onnxruntime', ...found };
  } catch {
    return null;
  } finally {
    await child.kill();
  }
}

async function build(request: BuildRequest, runtimeVersion: string): Promise<BuiltEngine> {
  const optimizedPath = join(request.outputDir, fileName);
  const { built, session } = await buildBest(request, optimizedPath);
  await writeFile(join(request.outputDir, transposesFile), JSON.stringify(built.ownTransposes));
  return {
    dir: request.outputDir,
    manifest: {
      runtime: 'onnxruntime',
      runtimeVersion,
      variant: request.variant,
      shapes: request.shapes,
      threads: session.intraOpNumThreads,
      options: { ...session },
      buildNs: built.buildNs,
      sizeBytes: (await stat(optimizedPath)).size,
      sha256: await sha256Of(optimizedPath),
      files: [fileName, transposesFile],
    },
  };
}

interface Build {
  built: Commands['build']['reply'];
  session: OrtSessionOptions;
}

/**
 * Builds once; an INT8 model whose weights are turned back to float at each run is built again without MatMulAddFusion, which
 * makes a Gemm of a quantised MatMul and its float bias before the Q/DQ pairs are fused, and a Gemm with a float bias has no
 * INT8 kernel (seen with PP-OCRv4 recognition: 9 of 9 MatMuls in float, all in INT8 without it). The better one stays.
 */
async function buildBest(request: BuildRequest, optimizedPath: string): Promise<Build> {
  const session = sessionOptions(request.device, request.threads, request.options);
  request.onProgress(`optimising for ${session.intraOpNumThreads} thread(s), level ${session.graphOptimizationLevel}`);
  const first: Build = { built: await buildApart(request, session, optimizedPath), session };
  if (request.variant !== 'int8' || first.built.dequantizedWeights === 0) return first;
  request.onProgress(`${first.built.dequantizedWeights} weights stay float: building without MatMulAddFusion`);
  const otherPath = `${optimizedPath}.other`;
  const other = withoutMatMulAddFusion(session);
  const second: Build = { built: await buildApart(request, other, otherPath), session: other };
  const better = second.built.dequantizedWeights < first.built.dequantizedWeights;
  await (better ? rename(otherPath, optimizedPath) : rm(otherPath));
  return better ? second : first;
}

async function buildApart(request: BuildRequest, options: OrtSessionOptions, optimizedPath: string) {
  const child = new MeasuringProcess(request.label);
  try {
    return await child.request(
      'build',
      { modelPath: request.modelPath, optimizedPath, options },
      { ...limits(request.timeLimitMs, request.signal), timeoutCode: 'build-timeout', failureCode: 'build-failed' },
    );
  } finally {
    await child.kill();
  }
}

async function open(request: OpenRequest, watchdogMs: number): Promise<LoadedEngine> {
  const options = loadOptions(builtOptions(request));
  return openIsolatedEngine({
    start: () => new MeasuringProcess(`${request.engine.manifest.variant} engine`),
    source: { runtime: 'onnxruntime', modelPath: join(request.engine.dir, fileName), options },
    inputs: request.inputs,
    limits: (extraMs) => limits(watchdogMs + extraMs, request.signal),
    profile: (runs) => profile(request, runs, watchdogMs),
  });
}

/** In a process of its own, so that the engine that is timed keeps its memory and caches to itself. */
async function profile(request: OpenRequest, runs: number, watchdogMs: number): Promise<LayerProfile> {
  const options = loadOptions(builtOptions(request));
  const scratchDir = await mkdtemp(join(tmpdir(), 'octet-profile-'));
  const child = new MeasuringProcess(`${request.engine.manifest.variant} engine, profiled`);
  try {
    const modelPath = join(request.engine.dir, fileName);
    const ownTransposes = await readTransposes(request.engine.dir);
    const command = { modelPath, options, inputs: request.inputs, runs, scratchDir, ownTransposes };
    return await child.request('profile', command, limits(2 * watchdogMs, request.signal));
  } finally {
    await child.kill();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** Options of the session that built the engine: a manifest of this adapter holds nothing else in `options`. */
function builtOptions({ engine }: OpenRequest): OrtSessionOptions {
  return engine.manifest.options as unknown as OrtSessionOptions;
}

async function readTransposes(dir: string): Promise<string[]> {
  return JSON.parse(await readFile(join(dir, transposesFile), 'utf8')) as string[];
}

function limits(timeoutMs: number, signal: AbortSignal | null): CommandLimits {
  return { timeoutMs, signal, timeoutCode: 'engine-timeout', failureCode: 'engine-failed', shorten: shortenOrtMessage };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
