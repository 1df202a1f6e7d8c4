import { create } from '@bufbuild/protobuf';
import { copyModel, Graph, type Model, onnxType } from '@octet/onnx';
import { type ValueInfoProto, ValueInfoProtoSchema } from 'onnx-buf';

/** Names of the two outputs that hold a tensor's range in an augmented model. */
export interface RangeOutputs {
  min: string;
  max: string;
}

/** A copy whose outputs are the given tensors themselves (the model's own outputs stay). */
export function exposeTensors(model: Model, tensors: readonly string[]): Model {
  const copy = copyModel(model);
  const graph = copy.graph;
  const known = new Set([...graph.output, ...graph.input].map((value) => value.name));
  for (const name of tensors) if (!known.has(name)) graph.output.push(namedOutput(name));
  return copy;
}

/** What comes out of an augmented model: scalars. */
export interface RangesModel {
  model: Model;
  /** By tensor. */
  outputs: Map<string, RangeOutputs>;
  /** By output of the original model, the name of the sum of its magnitudes: NaN if there is one in it. */
  sums: Map<string, string>;
}

/**
 * A copy that computes the smallest and largest value of each tensor by ReduceMin and ReduceMax over all axes and gives
 * out these scalars only: the activations never leave the runtime, which may reuse their memory. ReduceMin and ReduceMax lose NaN;
 * ReduceL1 of the model's own float outputs does not. The reductions come in reverse order: a runtime that visits the last leaf first (ONNX Runtime's
 * default order) then reduces each tensor as soon as it is there, instead of keeping all of them until the end.
 */
export function exposeRanges(model: Model, tensors: readonly string[]): RangesModel {
  const copy = copyModel(model);
  const graph = new Graph(copy);
  const reduced = (op: string, tensor: string, suffix: string): string => {
    const output = graph.uniqueName(`${tensor}__${suffix}`);
    graph.addNode({ op, inputs: [tensor], outputs: [output], attributes: { keepdims: 0 } });
    copy.graph.output.push(namedOutput(output));
    return output;
  };
  const floats = copy.graph.output.filter(isFloat32).map(({ name }) => name);
  copy.graph.output = [];
  const sums = new Map(floats.map((name) => [name, reduced('ReduceL1', name, 'sum')]));
  const outputs = new Map(
    tensors
      .toReversed()
      .map((name) => [name, { min: reduced('ReduceMin', name, 'min'), max: reduced('ReduceMax', name, 'max') }]),
  );
  return { model: copy, outputs, sums };
}

function isFloat32({ type }: ValueInfoProto): boolean {
  return type?.value.case === 'tensorType' && onnxType(type.value.value.elemType) === 'float32';
}

/**
 * A copy that gives out the mean of each channel of `images` ([batch, channels, ...]) and the `rows` ([batch, channels])
 * themselves; by tensor, the name under which each comes out.
 */
export function exposeMeans(
  model: Model,
  images: readonly string[],
  rows: readonly string[],
): { model: Model; outputs: Map<string, string> } {
  const copy = exposeTensors(model, rows);
  const graph = new Graph(copy);
  const outputs = new Map(rows.map((name) => [name, name]));
  for (const name of images) {
    const mean = graph.uniqueName(`${name}__mean`);
    graph.addNode({ op: 'GlobalAveragePool', inputs: [name], outputs: [mean] });
    copy.graph.output.push(namedOutput(mean));
    outputs.set(name, mean);
  }
  return { model: copy, outputs };
}

/** Runtimes infer the type of an output that is only named. */
function namedOutput(name: string): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name });
}
