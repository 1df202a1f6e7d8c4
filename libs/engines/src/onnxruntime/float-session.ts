import type { Device } from '@octet/domain';
import { MeasuringProcess, type CommandLimits } from '../measuring-process/client.js';
import { defaultWatchdogMs } from '../measuring-process/isolated-engine.js';
import type { TensorMap } from '../port.js';
import { shortenOrtMessage } from './ort-message.js';
import { sessionOptions } from './session-options.js';

export interface ApartOptions {
  /** Names the work in messages. */
  label: string;
  threads: number;
  signal: AbortSignal;
  /** Limit of one run or of loading. */
  timeLimitMs?: number;
  /** False: only the graph optimisations that a few runs make up for. Default true. */
  optimized?: boolean;
}

/** A model opened for running, in a process of its own. */
export interface ModelSession {
  run(inputs: TensorMap): Promise<TensorMap>;
  dispose(): Promise<void>;
}

/**
 * Threads of these sessions spin for 0.05 ms between operators, then sleep. Text recognition on two threads, two processors: 20 ms a
 * run instead of 24 with threads that sleep at once; beside two busy programs 43 to 81 ms instead of 42 to 83, and 115 to 133 with
 * ONNX Runtime's own spinning.
 */
const brieflySpinning = { 'intra_op.allow_spinning': '1', 'intra_op.spin_duration_us': '50' };

/**
 * What takes long in optimising a model that is simplified already, and gains little. What is left gains most: blocked convolutions.
 * Text recognition, 16 samples by two on two processors, medians of 15: 311 ms (38 of them loading) with no optimisation, 288 (69)
 * without these, 310 (90) with all.
 */
const slowOptimisers = [
  'ConstantFolding',
  'ConstantSharing',
  'CommonSubexpressionElimination',
  'Level1_RuleBasedTransformer',
  'Level2_RuleBasedTransformer',
  'MatMulAddFusion',
  'MatmulTransposeFusion',
  'ReshapeFusion',
  'TransposeOptimizer',
];

/** ONNX Runtime's configuration of sessions that run models for quantising; `optimized`: see ApartOptions. */
export function floatSessionExtra(optimized: boolean): Record<string, Record<string, string>> {
  const quick = { optimization: { disable_specified_optimizers: slowOptimisers.join(';') } };
  return { session: brieflySpinning, ...(!optimized && quick) };
}

const anyCpu = { kind: 'cpu', threads: 1 } as Extract<Device, { kind: 'cpu' }>;

/**
 * Opens an ONNX model for running it (calibration, accuracy), all outputs at each run; nothing is measured.
 *
 * @throws OctetError `model-not-runnable` with ONNX Runtime's words, or the codes of a measuring process.
 */
export async function openModel(modelPath: string, options: ApartOptions): Promise<ModelSession> {
  const child = new MeasuringProcess(options.label);
  const limits = limitsOf(options, 'model-not-runnable');
  const sessionOfModel = sessionOptions(anyCpu, options.threads, {
    extra: floatSessionExtra(options.optimized ?? true),
  });
  try {
    const source = { runtime: 'onnxruntime' as const, modelPath, options: sessionOfModel };
    await child.request('open', { source, inputs: null }, limits);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    run: async (inputs) => (await child.request('infer', { inputs }, limits)).outputs,
    dispose: () => child.kill(),
  };
}

/**
 * Writes the model after ONNX Runtime's `basic` optimisations, which are portable: constants become initialisers, batch
 * normalisations are folded. Quantisation starts from that.
 *
 * @throws OctetError `model-not-runnable` with ONNX Runtime's words, `build-timeout`, `engine-cancelled`, `engine-crashed`.
 */
export async function simplifyModel(modelPath: string, outputPath: string, options: ApartOptions): Promise<void> {
  const child = new MeasuringProcess(options.label);
  const session = sessionOptions(anyCpu, options.threads, { graphOptimizationLevel: 'basic' });
  try {
    const request = { modelPath, optimizedPath: outputPath, options: session };
    await child.request('build', request, { ...limitsOf(options, 'model-not-runnable'), timeoutCode: 'build-timeout' });
  } finally {
    await child.kill();
  }
}

function limitsOf(options: ApartOptions, failureCode: string): CommandLimits {
  const timeoutMs = options.timeLimitMs ?? 5 * defaultWatchdogMs;
  return { timeoutMs, signal: options.signal, timeoutCode: 'engine-timeout', failureCode, shorten: shortenOrtMessage };
}
