import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isOctetError, type OrtProvider, type Refusal, type RuntimeProbe } from '@octet/domain';
import { MeasuringProcess, type CommandLimits } from '../measuring-process/client.js';
import { defaultWatchdogMs, openIsolatedEngine } from '../measuring-process/isolated-engine.js';
import type { Commands, OrtSessionOptions } from '../measuring-process/messages.js';
import type { BuildRequest, BuiltEngine, LayerProfile, LoadedEngine, OpenRequest, Runtime } from '../port.js';
import { shortenOrtMessage } from './ort-message.js';
import { librariesMissing, providerFailure } from './provider-failure.js';
import { missingLibraries, providerChain, providerFolder, runtimeOfProvider } from './provider-libraries.js';
import { gpuEnvironment, loadOptions, onGpu, sessionOptions, withoutMatMulAddFusion } from './session-options.js';
import { streamsOf } from './with-streams.js';

export interface OnnxRuntimeOptions {
  /** What computes; each is a runtime of its own. Default: the CPU's kernels. */
  provider?: OrtProvider;
  /** Time that a hung engine is waited for beyond what a command needs by plan. */
  watchdogMs?: number;
}

/** Whether a provider runs on this host, and if not why. */
type ProviderProbe = { found: true; probe: RuntimeProbe } | ({ found: false } & Refusal);

const fileName = 'model.onnx';
/** Beside the model: outputs of the Transpose nodes that it had before it was optimised, for reading profiles. */
const transposesFile = 'own-transposes.json';
/** Beside a GPU provider's model: the graph that its session runs, for reading profiles. */
const graphFile = 'optimized.onnx';

/** ONNX Runtime through onnxruntime-node. Builds, measures and profiles in processes of their own. */
export function createOnnxRuntime(options: OnnxRuntimeOptions = {}): Runtime {
  const { provider = 'cpu', watchdogMs = defaultWatchdogMs } = options;
  let probed: Promise<ProviderProbe> | null = null;
  const ask = async (): Promise<ProviderProbe> => {
    const answer = await (probed ??= probeOnce(provider, watchdogMs));
    // A host that was too busy to answer may answer later.
    if (!answer.found) probed = null;
    return answer;
  };
  const probe = async (): Promise<RuntimeProbe | null> => {
    const answer = await ask();
    return answer.found ? answer.probe : null;
  };
  return {
    name: runtimeOfProvider[provider],
    probe,
    whyAbsent: async () => {
      const answer = await ask();
      return answer.found ? null : { code: answer.code, message: answer.message };
    },
    build: async (request) => build(request, provider, (await probe())?.version ?? 'unknown'),
    open: (request) => open(request, watchdogMs),
  };
}

/** In a process of its own: a library of another version may end it. */
async function probeOnce(provider: OrtProvider, watchdogMs: number): Promise<ProviderProbe> {
  const missing = missingLibraries(provider);
  if (missing.length > 0) return { found: false, ...librariesMissing(provider, missing, providerFolder()) };
  const name = runtimeOfProvider[provider];
  const child = new MeasuringProcess(name);
  try {
    const request = { executionProviders: providerChain(provider) };
    const found = await child.request('probe', request, limits(watchdogMs, null));
    return { found: true, probe: { name, ...found } };
  } catch (error) {
    await child.kill();
    const message = isOctetError(error) ? error.message : String(error);
    return { found: false, ...providerFailure({ provider, message, said: child.said }) };
  } finally {
    await child.kill();
  }
}

async function build(request: BuildRequest, provider: OrtProvider, runtimeVersion: string): Promise<BuiltEngine> {
  const enginePath = join(request.outputDir, fileName);
  const { built, session, files } = await (provider === 'cpu'
    ? buildBest(request, enginePath)
    : buildForGpu(request, provider, enginePath));
  await writeFile(join(request.outputDir, transposesFile), JSON.stringify(built.ownTransposes));
  const environment = gpuEnvironment(request.device, request.variant);
  return {
    dir: request.outputDir,
    manifest: {
      runtime: runtimeOfProvider[provider],
      runtimeVersion,
      variant: request.variant,
      shapes: request.shapes,
      threads: session.intraOpNumThreads,
      options: { ...session, ...(onGpu(session) && { environment }) },
      buildNs: built.buildNs,
      sizeBytes: (await stat(enginePath)).size,
      sha256: await sha256Of(enginePath),
      files: [...files, transposesFile],
    },
  };
}

interface Build {
  built: Commands['build']['reply'];
  session: OrtSessionOptions;
  /** What the build left in its folder. */
  files: string[];
}

/**
 * A GPU provider's engine is the model itself: each session optimises and compiles it anew. Making one here shows whether it can be
 * made, how long that takes, and (but for TensorRT, whose compiled nodes no file takes) the graph that runs.
 */
async function buildForGpu(request: BuildRequest, provider: OrtProvider, enginePath: string): Promise<Build> {
  const session = sessionOptions(request.device, request.threads, request.options, provider);
  request.onProgress(`making a session with ${session.executionProviders.join(', ')}`);
  const copied = await copyModel(request.modelPath, enginePath);
  const graph = provider === 'cuda' ? join(request.outputDir, graphFile) : null;
  const built = await buildApart(request, session, graph, enginePath);
  return { built, session, files: [...copied, ...(graph === null ? [] : [graphFile])] };
}

/** A model of 2 GiB and more keeps its weights in a file beside it. Returns the names of what was copied. */
async function copyModel(from: string, to: string): Promise<string[]> {
  await copyFile(from, to);
  const hasData = await stat(`${from}.data`).then(
    () => true,
    () => false,
  );
  if (!hasData) return [fileName];
  await copyFile(`${from}.data`, `${to}.data`);
  return [fileName, `${fileName}.data`];
}

/**
 * Builds once; an INT8 model whose weights are turned back to float at each run is built again without MatMulAddFusion, which
 * makes a Gemm of a quantised MatMul and its float bias before the Q/DQ pairs are fused, and a Gemm with a float bias has no
 * INT8 kernel (seen with PP-OCRv4 recognition: 9 of 9 MatMuls in float, all in INT8 without it). The better one stays.
 */
async function buildBest(request: BuildRequest, optimizedPath: string): Promise<Build> {
  const session = sessionOptions(request.device, request.threads, request.options);
  request.onProgress(`optimising for ${session.intraOpNumThreads} thread(s), level ${session.graphOptimizationLevel}`);
  const files = [fileName];
  const first: Build = { built: await buildApart(request, session, optimizedPath), session, files };
  if (request.variant !== 'int8' || first.built.dequantizedWeights === 0) return first;
  request.onProgress(`${first.built.dequantizedWeights} weights stay float: building without MatMulAddFusion`);
  const otherPath = `${optimizedPath}.other`;
  const other = withoutMatMulAddFusion(session);
  const second: Build = { built: await buildApart(request, other, otherPath), session: other, files };
  const better = second.built.dequantizedWeights < first.built.dequantizedWeights;
  await (better ? rename(otherPath, optimizedPath) : rm(otherPath));
  return better ? second : first;
}

async function buildApart(
  request: BuildRequest,
  options: OrtSessionOptions,
  optimizedPath: string | null,
  modelPath = request.modelPath,
) {
  const child = new MeasuringProcess(request.label, gpuEnvironment(request.device, request.variant));
  try {
    return await child.request(
      'build',
      { modelPath, optimizedPath, options },
      { ...limits(request.timeLimitMs, request.signal), timeoutCode: 'build-timeout', failureCode: 'build-failed' },
    );
  } finally {
    await child.kill();
  }
}

async function open(request: OpenRequest, watchdogMs: number): Promise<LoadedEngine> {
  const options = loadOptions(builtOptions(request));
  const { variant } = request.engine.manifest;
  return openIsolatedEngine({
    start: () => new MeasuringProcess(`${variant} engine`, gpuEnvironment(request.device, variant)),
    source: { runtime: 'onnxruntime', modelPath: join(request.engine.dir, fileName), options },
    inputs: request.inputs,
    limits: (extraMs) => limits(watchdogMs + extraMs, request.signal),
    profile: (runs) => profile(request, runs, watchdogMs),
    inHostMemory: !onGpu(options),
    streams: streamsOf(request.engine),
  });
}

/** In a process of its own, so that the engine that is timed keeps its memory and caches to itself. */
async function profile(request: OpenRequest, runs: number, watchdogMs: number): Promise<LayerProfile> {
  const options = loadOptions(builtOptions(request));
  const { dir, manifest } = request.engine;
  const scratchDir = await mkdtemp(join(tmpdir(), 'octet-profile-'));
  const environment = gpuEnvironment(request.device, manifest.variant);
  const child = new MeasuringProcess(`${manifest.variant} engine, profiled`, environment);
  try {
    const modelPath = join(dir, fileName);
    const graphPath = manifest.files.includes(graphFile) ? join(dir, graphFile) : modelPath;
    const ownTransposes = await readTransposes(dir);
    const command = { modelPath, graphPath, options, inputs: request.inputs, runs, scratchDir, ownTransposes };
    return await child.request('profile', command, limits(2 * watchdogMs, request.signal));
  } finally {
    await child.kill();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** Options of the session that built the engine: a manifest of this adapter holds nothing else, but for a GPU's environment and streams. */
function builtOptions({ engine }: OpenRequest): OrtSessionOptions {
  const { environment: _, streams: __, ...options } = engine.manifest.options;
  return options as unknown as OrtSessionOptions;
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
