import type { ClassedLayer } from '../layer.js';

export function computesInInt8(layer: ClassedLayer): boolean {
  return layer.class === 'int8';
}

/** ONNX Runtime's TensorRT provider shows a whole subgraph as one node: what runs inside is not to be seen. */
const hiddenSubgraph = /^(?:TRTKernel|TensorrtExecutionProvider_)/;

/** Whether an INT8 engine ran any INT8 layer; null where no layer list tells. */
export function ranInt8(layers: readonly ClassedLayer[] | null): boolean | null {
  if (layers === null || layers.length === 0) return null;
  if (layers.some(computesInInt8)) return true;
  return layers.some(({ type }) => hiddenSubgraph.test(type)) ? null : false;
}
