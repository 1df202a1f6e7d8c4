import { inspectModel, loadModel } from '@octet/onnx';

/** What a model file says of itself, as stored and shown. Errors: those of `loadModel`. */
export async function inspectModelFile(path: string): Promise<Record<string, unknown>> {
  return { ...inspectModel(await loadModel(path)) };
}
