import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

import type { FloatRunner, FloatSession, Tensor, TensorMap } from '../tensor.js';

/** Threads that spin briefly between operators, as those of the processes that run models for quantising outside of tests. */
const brieflySpinning = { session: { 'intra_op.allow_spinning': '1', 'intra_op.spin_duration_us': '50' } };
const defaults = { logSeverityLevel: 3, extra: brieflySpinning } as const;

/**
 * Runs models with onnxruntime-node in this process: for tests and benchmarks of this lib only. `quick`: options of sessions that are
 * not worth optimising; by default they are not optimised at all.
 */
export function nodeRunner(
  options: InferenceSession.SessionOptions = {},
  quick: InferenceSession.SessionOptions = { graphOptimizationLevel: 'disabled' },
): FloatRunner {
  return {
    open: (path, { optimized = true } = {}) => openSession(path, optimized ? options : { ...options, ...quick }),
  };
}

async function openSession(path: string, options: InferenceSession.SessionOptions): Promise<FloatSession> {
  const session = await InferenceSession.create(path, { ...defaults, ...options });
  return {
    async run(inputs) {
      const feeds: Record<string, OrtTensor> = {};
      for (const name of session.inputNames) feeds[name] = toOrt(inputs[name]!);
      return fromOrt(await session.run(feeds));
    },
    dispose: () => session.release(),
  };
}

function toOrt(tensor: Tensor): OrtTensor {
  return new OrtTensor(tensor.dataType as 'float32', tensor.data as Float32Array, tensor.dims);
}

function fromOrt(outputs: InferenceSession.OnnxValueMapType): TensorMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => {
      const tensor = value as OrtTensor;
      return [
        name,
        { dataType: tensor.type as Tensor['dataType'], dims: [...tensor.dims], data: tensor.data as Tensor['data'] },
      ];
    }),
  );
}
