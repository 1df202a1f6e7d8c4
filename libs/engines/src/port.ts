import type { Device, EngineLayer, Refusal, RunMode, RuntimeName, RuntimeProbe, Variant } from '@octet/domain';

/** Dense tensor in row-major order. `data` holds dims' product elements; FP16 travels as Uint16Array bits. */
export interface Tensor {
  dataType: 'float32' | 'float16' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool';
  dims: number[];
  data: Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;
}

/** One set of inputs (or outputs), by tensor name. */
export type TensorMap = Record<string, Tensor>;

export interface BuildRequest {
  /** Label of the engine within its trial (`fp32`, `int8/static-symmetric/max/w8`): for messages only. */
  label: string;
  variant: Variant;
  /** ONNX file, already rewritten for this runtime and variant, shapes fixed or given by `shapes`. */
  modelPath: string;
  /** Concrete shape of each input. */
  shapes: Record<string, number[]>;
  device: Device;
  threads: number | null;
  /** Folder that takes the engine's files; empty, owned by this build. */
  outputDir: string;
  /** TensorRT <= 10 implicit INT8: calibration cache file. */
  calibrationCachePath: string | null;
  /** Runtime-specific options, recorded as they are. */
  options: Record<string, unknown>;
  timeLimitMs: number;
  signal: AbortSignal;
  onProgress: (line: string) => void;
}

/** What a build left on disk. `manifest` is what `open` needs to load it again (stored beside the files in the cache). */
export interface BuiltEngine {
  dir: string;
  manifest: {
    runtime: RuntimeName;
    runtimeVersion: string;
    variant: Variant;
    shapes: Record<string, number[]>;
    threads: number | null;
    /** Every option needed to build and run the same engine again. */
    options: Record<string, unknown>;
    buildNs: number;
    sizeBytes: number;
    sha256: string;
    /** File names relative to `dir`. */
    files: string[];
  };
}

export interface OpenRequest {
  engine: BuiltEngine;
  device: Device;
  /** The batch that every round runs: the same for all variants of a trial. */
  inputs: TensorMap;
  signal: AbortSignal;
}

export interface RoundPlan {
  /** A round is steady after at least this many runs AND this much time. */
  minRuns: number;
  minDurationMs: number;
  /** Hard cap on the time of this engine in this round. */
  maxDurationMs: number;
}

/**
 * Raw times of one round, ns, in the order they were taken; warm-up runs are not among them. Of an engine that was opened with
 * several streams (`withStreams`): the time between two results, each the mean over as many results as there are streams.
 */
export interface RoundSamples {
  latenciesNs: Float64Array;
}

/** Raw times of one round under given conditions, ns for one execution of the batch. */
export interface ModeSamples {
  /** Compute; with transfers both copies as well; with several streams the time between two results. */
  latenciesNs: Float64Array;
  /** Medians of the parts of one run; null without transfers. */
  parts: { hostToDeviceNs: number; computeNs: number; deviceToHostNs: number } | null;
}

export interface LayerProfile {
  layers: EngineLayer[];
  /** Iterations profiled. */
  runs: number;
}

/** An engine loaded in a process of its own, ready to be measured. Every call rejects with OctetError on a crash or hang. */
export interface LoadedEngine {
  /** Time to load (session creation or plan deserialisation), ns. */
  readonly loadNs: number;
  /** Runs at once in a round of this engine; absent: one. */
  readonly streams?: number;
  /** One discarded inference, then runs until times are flat, at least 200 ms. Resolves to the runs made. */
  warmUp(): Promise<number>;
  measureRound(plan: RoundPlan): Promise<RoundSamples>;
  /**
   * As `measureRound` under other conditions than the main one; only runtimes of GPUs have such. On a CPU another condition
   * is another engine (`withThreads`, `withStreams`): its rounds need fresh processes and turns of their own.
   */
  measureIn?(mode: RunMode, plan: RoundPlan): Promise<ModeSamples>;
  /** Keeps the device under this engine's load for so long, measuring nothing. */
  soak?(durationMs: number): Promise<void>;
  /**
   * Loads the same engine again in a fresh process and warms it up briefly. Where its memory happens to lie moves the time
   * of a whole process (Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously Wrong!", ASPLOS 2009): two
   * processes of one engine differ though each of them repeats well. null where every round is a process of its own anyway.
   */
  renew: (() => Promise<void>) | null;
  /** Separate profiled run over the same inputs; null if the runtime has no profile for this engine. */
  profile(runs: number): Promise<LayerProfile | null>;
  /** Runs once over given inputs (same shapes) and returns the outputs: for accuracy on the engine that is timed. */
  infer(inputs: TensorMap): Promise<TensorMap>;
  /** Peak memory so far: device memory (GPU) or resident set of the measuring process (CPU), bytes. */
  peakMemoryBytes(): Promise<number | null>;
  dispose(): Promise<void>;
}

/** The one port of every runtime. Adapters: onnxruntime, tensorrt, null, scripted. */
export interface Runtime {
  readonly name: RuntimeName;
  /** null (with the reason logged by the caller) when the runtime is not on this host. */
  probe(): Promise<RuntimeProbe | null>;
  /** Why `probe` gives null, and what to do about it; null where it does not. Only runtimes that can be missing have it. */
  whyAbsent?(): Promise<Refusal | null>;
  build(request: BuildRequest): Promise<BuiltEngine>;
  open(request: OpenRequest): Promise<LoadedEngine>;
}
