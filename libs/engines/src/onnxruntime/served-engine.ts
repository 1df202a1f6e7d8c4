import { join } from 'node:path';
import type { OrtSessionOptions } from '../measuring-process/messages.js';
import type { BuiltEngine, TensorMap } from '../port.js';
import type { ServedEngine } from '../serving-process/messages.js';
import { loadOptions } from './session-options.js';

/** A built ONNX Runtime engine as the serving process takes it. A manifest of this adapter holds nothing but session options. */
export function servedOrtEngine(engine: BuiltEngine, batch: number, inputs: TensorMap): ServedEngine {
  const options = loadOptions(engine.manifest.options as unknown as OrtSessionOptions);
  return { batch, modelPath: join(engine.dir, 'model.onnx'), options, inputs };
}
