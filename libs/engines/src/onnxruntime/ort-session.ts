import * as ort from 'onnxruntime-node';
import type { OrtSessionOptions } from '../measuring-process/messages.js';
import type { MeasuredSession } from '../measuring-process/session.js';
import type { Tensor, TensorMap } from '../port.js';

/** Errors only: warnings about hardware-specific graphs are expected here. */
export const logSeverityLevel = 3;

/**
 * Loads a model and binds its inputs and outputs to buffers that every run uses again: `run(feeds, fetches)` writes into
 * them, which takes up to four times less than new outputs at each run. The first run, which shows the outputs' shapes, is
 * never a sample.
 */
export async function openOrtSession(
  modelPath: string,
  options: OrtSessionOptions,
  inputs: TensorMap | null,
): Promise<MeasuredSession> {
  const start = process.hrtime.bigint();
  const session = await ort.InferenceSession.create(modelPath, { ...options, logSeverityLevel });
  const loadNs = Number(process.hrtime.bigint() - start);
  const binding = inputs === null ? { runOnce: unbound, garbageBytes: 0 } : await bound(session, toFeeds(inputs));
  return {
    loadNs,
    ...binding,
    infer: async (others) => fromOutputs(await session.run(toFeeds(others))),
  };
}

async function bound(
  session: ort.InferenceSession,
  feeds: Record<string, ort.Tensor>,
): Promise<Pick<MeasuredSession, 'runOnce' | 'garbageBytes'>> {
  const fetches = preallocated(await session.run(feeds));
  // What the runtime wrote into the bound buffers is copied into new ones by the binding, all the same.
  const garbageBytes = Object.values(fetches).reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  return { runOnce: () => session.run(feeds, fetches), garbageBytes };
}

function bytesOf(tensor: ort.Tensor | null): number {
  return tensor === null ? 0 : (tensor.data as Uint8Array).byteLength;
}

function unbound(): Promise<never> {
  return Promise.reject(new Error('the engine was opened without inputs'));
}

export function toFeeds(inputs: TensorMap): Record<string, ort.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrtTensor(tensor)]));
}

function toOrtTensor({ dataType, dims, data }: Tensor): ort.Tensor {
  return new ort.Tensor(dataType as ort.Tensor.Type, data as ort.Tensor.DataType, dims);
}

/** Outputs without data (and strings) can't be bound beforehand: the runtime makes those at each run. */
function preallocated(outputs: ort.InferenceSession.OnnxValueMapType): Record<string, ort.Tensor | null> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => {
      const tensor = output as ort.Tensor;
      if (tensor.type === 'string' || tensor.size === 0) return [name, null];
      return [name, new ort.Tensor(tensor.type, emptyLike(tensor.data), tensor.dims)];
    }),
  );
}

function emptyLike(data: ort.Tensor.DataType): ort.Tensor.DataType {
  const Kind = data.constructor as new (length: number) => ort.Tensor.DataType;
  return new Kind(data.length);
}

function fromOutputs(outputs: ort.InferenceSession.OnnxValueMapType): TensorMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => {
      const { type, dims, data } = output as ort.Tensor;
      return [name, { dataType: type, dims: [...dims], data } as unknown as Tensor];
    }),
  );
}
