import { OctetError } from '@octet/domain';
import type { ValueInfoProto } from 'onnx-buf';
import { type Dim, valueInfo } from '../build.js';
import { copyModel, type Model } from '../model.js';
import { declaredShape, declaredType, inferShapes } from './infer.js';

function withShape(value: ValueInfoProto, shape: readonly Dim[] | null): ValueInfoProto {
  return valueInfo({ name: value.name, dataType: declaredType(value) ?? 'float32', shape });
}

/**
 * A copy of the model with the given input shapes fixed; outputs take the shapes that follow from them, and value_info,
 * which would contradict them, is cleared. Inputs that are not named keep theirs.
 * Errors: `shape-mismatch` (also for the name of an input that does not exist).
 */
export function fixShapes(model: Model, shapes: Readonly<Record<string, readonly number[]>>): Model {
  const names = model.graph.input.map((input) => input.name);
  const stranger = Object.keys(shapes).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new OctetError('shape-mismatch', `The model has no input "${stranger}". Its inputs are ${names.join(', ')}.`);
  }
  const table = inferShapes(model, shapes);
  const copy = copyModel(model);
  copy.graph.input = model.graph.input.map((input) => {
    const shape = shapes[input.name];
    return shape === undefined ? input : withShape(input, shape);
  });
  // A sequence or map output has no shape to give.
  copy.graph.output = model.graph.output.map((output) =>
    declaredType(output) === null ? output : withShape(output, table.get(output.name)?.shape ?? staleFree(output)),
  );
  copy.graph.valueInfo = [];
  return copy;
}

/** Where nothing could be inferred, the rank stays and the sizes go. */
function staleFree(output: ValueInfoProto): Dim[] | null {
  return declaredShape(output.type)?.map(() => null) ?? null;
}
