import { create } from '@bufbuild/protobuf';
import { copyModel, Graph, type Model } from '@octet/onnx';
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

/**
 * A copy that computes the smallest and largest value of each tensor by ReduceMin and ReduceMax over all axes and gives
 * out these scalars only: the activations never leave the runtime, which may reuse their memory. The model's own outputs
 * stay, to find NaN in. The reductions come in reverse order: a runtime that visits the last leaf first (ONNX Runtime's
 * default order) then reduces each tensor as soon as it is there, instead of keeping all of them until the end.
 */
export function exposeRanges(
  model: Model,
  tensors: readonly string[],
): { model: Model; outputs: Map<string, RangeOutputs> } {
  const copy = copyModel(model);
  const graph = new Graph(copy);
  const outputs = new Map<string, RangeOutputs>();
  for (const name of tensors.toReversed()) {
    const range = { min: graph.uniqueName(`${name}__min`), max: graph.uniqueName(`${name}__max`) };
    graph.addNode({ op: 'ReduceMin', inputs: [name], outputs: [range.min], attributes: { keepdims: 0 } });
    graph.addNode({ op: 'ReduceMax', inputs: [name], outputs: [range.max], attributes: { keepdims: 0 } });
    copy.graph.output.push(namedOutput(range.min), namedOutput(range.max));
    outputs.set(name, range);
  }
  return { model: copy, outputs };
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
