import { OctetError } from '@octet/domain';
import { inspectModel, type Model } from '@octet/onnx';

import type { InputSpec, Tensor } from './tensor.js';

const fed: ReadonlySet<string> = new Set(['float32', 'float16', 'int8', 'uint8', 'int32', 'int64', 'bool']);

/**
 * Name, type and shape of each model input, -1 for dimensions without a fixed size: what `readDataset` asks for.
 * Throws OctetError `input-type-unsupported`.
 */
export function inputSpecs(model: Model): InputSpec[] {
  return inspectModel(model).inputs.map(({ name, dataType, shape }) => {
    if (dataType === null || !fed.has(dataType)) {
      throw new OctetError(
        'input-type-unsupported',
        `Input ${name} is of type ${dataType ?? 'unknown'}, which Octet can't feed. Export the model with ${[...fed].join(', ')} inputs.`,
      );
    }
    const dims = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1));
    return { name, dataType: dataType as Tensor['dataType'], dims };
  });
}

/** The batch that a model is bound to; 1 for one that takes any. */
export function fixedBatchOf(inputs: readonly InputSpec[]): number {
  return Math.max(1, inputs.find((input) => input.dims.length > 0)?.dims[0] ?? 1);
}
