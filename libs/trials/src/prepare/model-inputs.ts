import { OctetError } from '@octet/domain';
import { onnxType, type Model } from '@octet/onnx';
import type { InputSpec } from '@octet/quantization';
import type { ValueInfoProto } from 'onnx-buf';

const fed = new Set(['float32', 'float16', 'int8', 'uint8', 'int32', 'int64', 'bool']);

/**
 * Name, type and concrete shape of each model input, from the trial's shapes.
 *
 * @throws OctetError `shape-missing` for an input without a shape, `input-type-unsupported`.
 */
export function modelInputs(model: Model, shapes: Record<string, number[]>): InputSpec[] {
  return realInputs(model).map((input) => {
    const dims = shapes[input.name];
    if (dims === undefined) {
      throw new OctetError('shape-missing', `Input ${input.name} has no shape: give one for every input of the model.`);
    }
    return { name: input.name, dataType: typeOfInput(input), dims };
  });
}

function typeOfInput(input: ValueInfoProto): InputSpec['dataType'] {
  const type = input.type?.value.case === 'tensorType' ? onnxType(input.type.value.value.elemType) : null;
  if (type !== null && fed.has(type)) return type as InputSpec['dataType'];
  const message = `Input ${input.name} is of type ${type ?? 'unknown'}, which Octet can't feed. Export the model with ${[...fed].join(', ')} inputs.`;
  throw new OctetError('input-type-unsupported', message);
}

/** Initialisers that an old exporter listed as inputs are none. */
function realInputs(model: Model): ValueInfoProto[] {
  const initializers = new Set(model.graph.initializer.map(({ name }) => name));
  return model.graph.input.filter(({ name }) => !initializers.has(name));
}

/** A model whose first input dimension is a number can only be run with that batch; all others are calibrated one sample at a time (1). */
export function fixedBatch(model: Model): number {
  const type = realInputs(model)[0]?.type?.value;
  const first = type?.case === 'tensorType' ? type.value.shape?.dim[0]?.value : undefined;
  return first?.case === 'dimValue' ? Math.max(1, Number(first.value)) : 1;
}
