import type { NodeProto } from 'onnx-buf';
import type { Graph } from '../graph.js';
import { tensorDims } from '../tensor-bytes.js';
import { float32Tensor, tensorToFloat32 } from '../tensors.js';

/** Channels of a Conv's or ConvTranspose's output by its constant weight; null if unknown. */
function outputChannels(graph: Graph, node: NodeProto): number | null {
  const dims = graph.constantOf(node.input[1] ?? '');
  return dims === null || node.opType !== 'Conv' ? null : (tensorDims(dims)[0] ?? null);
}

/** A constant that adds one value to each channel of an NC... tensor: [1, M, 1, 1] or [M, 1, 1]. */
function channelBias(graph: Graph, name: string, channels: number, spatial: number): Float32Array | null {
  const tensor = graph.constantOf(name);
  const dims = tensor === null ? [] : tensorDims(tensor);
  const padded = dims.length === spatial + 1 ? [1, ...dims] : dims;
  const fits = padded.length === spatial + 2 && padded.every((dim, axis) => dim === (axis === 1 ? channels : 1));
  return tensor !== null && fits ? tensorToFloat32(tensor, graph.model) : null;
}

function fold(graph: Graph, add: NodeProto): void {
  const conv = add.input.map((name) => graph.producers.get(name)).find((node) => node?.opType === 'Conv');
  const between = conv?.output[0] ?? '';
  const channels = conv === undefined ? null : outputChannels(graph, conv);
  if (conv === undefined || channels === null || (conv.input[2] ?? '') !== '') return;
  if (graph.consumersOf(between).length !== 1 || graph.isOutput(between)) return;
  const weight = graph.constantOf(conv.input[1] ?? '');
  const other = add.input.find((name) => name !== between) ?? '';
  const bias = channelBias(graph, other, channels, (weight?.dims.length ?? 2) - 2);
  if (bias === null) return;
  const name = graph.setInitializer(float32Tensor(graph.uniqueName(`${conv.name}_bias`), [channels], bias));
  graph.setInput(conv, 2, name);
  graph.removeNode(add);
  graph.setOutput(conv, 0, add.output[0] ?? '');
}

/** Turns Conv -> Add of a constant per channel into the Conv's bias: an integer kernel then adds it in its accumulator. */
export function foldBiasAdds(graph: Graph): void {
  for (const add of graph.nodes.filter((node) => node.opType === 'Add')) fold(graph, add);
}
