import { createRequire } from 'node:module';
import * as ort from 'onnxruntime-node';
import type { Commands } from '../measuring-process/messages.js';
import { logSeverityLevel } from './ort-session.js';
import { probeModel } from './probe-model.js';

/**
 * The version of ONNX Runtime, and which providers answer. A package lists providers that it could load: whether their libraries,
 * a driver and a device are there only shows when a session with them runs. A library that does not fit may end this process.
 */
export async function probeOrt({
  executionProviders,
}: Commands['probe']['request']): Promise<Commands['probe']['reply']> {
  const version = ort.env.versions.node ?? ort.env.versions.common;
  const origin = createRequire(import.meta.url).resolve('onnxruntime-node');
  if (executionProviders.some((name) => name !== 'cpu')) await runOnce(executionProviders);
  return { version, providers: executionProviders, origin };
}

async function runOnce(executionProviders: ort.InferenceSession.ExecutionProviderConfig[]): Promise<void> {
  const { bytes, inputName, dims } = probeModel();
  const session = await ort.InferenceSession.create(bytes, { executionProviders, logSeverityLevel });
  const length = dims.reduce((product, dim) => product * dim, 1);
  await session.run({ [inputName]: new ort.Tensor('float32', new Float32Array(length).fill(1), dims) });
  await session.release();
}
