import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RuntimeProbe } from '@octet/domain';
import { MeasuringProcess, type CommandLimits } from '../measuring-process/client.js';
import { defaultWatchdogMs, openIsolatedEngine } from '../measuring-process/isolated-engine.js';
import type { OrtSessionOptions } from '../measuring-process/messages.js';
import type { BuildRequest, BuiltEngine, LayerProfile, LoadedEngine, OpenRequest, Runtime } from '../port.js';
import { shortenOrtMessage } from './ort-message.js';
import { loadOptions, sessionOptions } from './session-options.js';

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
  const probe = (): Promise<RuntimeProbe | null> => (probed ??= probeOnce(watchdogMs));
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
  const session = sessionOptions(request.device, request.threads, request.options);
  const optimizedPath = join(request.outputDir, fileName);
  request.onProgress(`optimising for ${session.intraOpNumThreads} thread(s), level ${session.graphOptimizationLevel}`);
  const built = await buildApart(request, session, optimizedPath);
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
    process: new MeasuringProcess(`${request.engine.manifest.variant} engine`),
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
