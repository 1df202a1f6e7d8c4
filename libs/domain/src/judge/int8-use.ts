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

/** Share of the profiled time in layers that compute in INT8, 0 to 1; null where nothing was timed. */
export function int8Share(layers: readonly ClassedLayer[] | null): number | null {
  const all = (layers ?? []).reduce((sum, layer) => sum + (layer.timeNs ?? 0), 0);
  if (all === 0) return null;
  const inside = (layers ?? []).filter(computesInInt8).reduce((sum, layer) => sum + (layer.timeNs ?? 0), 0);
  return inside / all;
}
