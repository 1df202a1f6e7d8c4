import type { NodeProto } from 'onnx-buf';

/** True if the layer is named in `exclude`: by node name, by the name of an output, or by operator type. */
export function isExcluded(node: NodeProto, exclude: readonly string[]): boolean {
  return exclude.some((name) => name === node.name || name === node.opType || node.output.includes(name));
}

/** A name for messages: nodes of some exporters have none. */
export function layerName(node: NodeProto): string {
  return node.name === '' ? (node.output[0] ?? node.opType) : node.name;
}
