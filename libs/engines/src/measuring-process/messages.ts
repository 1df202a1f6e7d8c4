import type { EngineLayer, OrtProvider } from '@octet/domain';
import type { RoundPlan, TensorMap } from '../port.js';
import type { Gate, StreamRuns } from './stream-loop.js';

/** Options of one ONNX Runtime session, exactly as they are handed to it (design.md section 6: reproducible). */
export interface OrtSessionOptions {
  /** In order of preference; what none of them takes, the CPU computes. */
  executionProviders: OrtProvider[];
  intraOpNumThreads: number;
  interOpNumThreads: number;
  executionMode: 'sequential' | 'parallel';
  graphOptimizationLevel: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
  enableCpuMemArena: boolean;
  enableMemPattern: boolean;
  /** Session configuration entries by group, e.g. `{ session: { x64quantprecision: '1' } }`; values are strings. */
  extra: Record<string, Record<string, string>>;
}

/** What the measuring process loads. */
export type SessionSource =
  { runtime: 'onnxruntime'; modelPath: string; options: OrtSessionOptions } | { runtime: 'null' };

/** Each command of the measuring process: what is sent and what comes back. Times in ns. */
export interface Commands {
  /** Makes a session with these providers and runs it once, unless the CPU alone is asked for. */
  probe: {
    request: { executionProviders: OrtProvider[] };
    reply: { version: string; providers: string[]; origin: string };
  };
  build: {
    /** Without `optimizedPath` the runtime's optimised graph is not written: it can't be where it holds compiled nodes. */
    request: { modelPath: string; optimizedPath: string | null; options: OrtSessionOptions };
    reply: {
      buildNs: number;
      /** Outputs of the Transpose nodes of the model as it was given. */
      ownTransposes: string[];
      /** Weights that the optimised model turns back to float at each run. */
      dequantizedWeights: number;
    };
  };
  /**
   * Without inputs the engine is loaded for `infer` alone: nothing is bound and nothing can be measured. With `streams`
   * (default 1) rounds are of so many runs at once, and their times those between two results.
   */
  open: {
    request: { source: SessionSource; inputs: TensorMap | null; streams?: number };
    reply: { loadNs: number };
  };
  warmUp: { request: { minMs: number }; reply: { runs: number } };
  measureRound: { request: { plan: RoundPlan }; reply: { latenciesNs: Float64Array } };
  /** Between threads of the process: one stream's part of a round. */
  runStream: { request: { plan: RoundPlan; streams: number; gate: Gate }; reply: StreamRuns };
  infer: { request: { inputs: TensorMap }; reply: { outputs: TensorMap } };
  memory: { request: Record<string, never>; reply: { peakResidentBytes: number } };
  profile: {
    request: {
      modelPath: string;
      /** The graph that node indices refer to: the one that the session runs, as far as it could be written. */
      graphPath: string;
      options: OrtSessionOptions;
      inputs: TensorMap;
      runs: number;
      /** Folder for the runtime's profile file; deleted by the caller. */
      scratchDir: string;
      /** Outputs of the Transpose nodes of the model before the runtime optimised it. */
      ownTransposes: string[];
    };
    reply: { layers: EngineLayer[]; runs: number };
  };
}

export type CommandName = keyof Commands;

export type CommandMessage = {
  [K in CommandName]: { id: number; command: K; request: Commands[K]['request'] };
}[CommandName];

export type ReplyMessage = { id: number; ok: true; reply: unknown } | { id: number; ok: false; message: string };
