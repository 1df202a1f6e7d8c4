import type { EngineLayer } from '@octet/domain';

/** What the kind is decided from. */
export interface LayerIdentity {
  name: string;
  layerType: string;
  parameterType: string | null;
  /** `QDQ`, `REFORMAT`, `IDENTITY` on TensorRT's Reformat layers. */
  origin: string | null;
}

const conversionTypes = new Set([
  'reformat',
  'quantize',
  'dequantize',
  'dynamicquantize',
  'cast',
  'identity',
  'shuffle',
  'transpose',
  'copy',
]);
/** Synchronisation and shape arithmetic between Myelin's kernels: no work on activations. */
const idleTypes = new Set(['noop', 'signal', 'wait', 'reshape', 'shape_call']);
/** Myelin names a generated kernel after the operations fused into it: `__myl_MoveReshTran_myl3_7`. */
const kernelSignature = /^_*myl_([A-Za-z]+)_myl/;
const conversionOperations = new Set(['Cast', 'Move', 'Tran', 'Resh', 'Copy', 'Quan', 'Dequ']);

/**
 * Only pure conversions can be quantise, dequantise, cast, layout or copy (design.md section 2). A generated kernel is one
 * when every operation in its name is; a name that cannot be read is computing. A Constant without time does nothing, one
 * with time is copied at every run.
 */
export function layerKind(layer: LayerIdentity, timeNs: number | null): EngineLayer['kind'] {
  const type = layer.layerType.toLowerCase();
  if (idleTypes.has(type)) return 'noop';
  if (type === 'constant') return (timeNs ?? 0) > 0 ? 'conversion' : 'noop';
  if (conversionTypes.has(type) || layer.origin === 'QDQ') return 'conversion';
  if (layer.parameterType !== null && conversionTypes.has(layer.parameterType.toLowerCase())) return 'conversion';
  return type === 'kgen' && isConversionKernel(layer.name) ? 'conversion' : 'compute';
}

function isConversionKernel(name: string): boolean {
  const operations = kernelSignature.exec(name)?.[1]?.match(/[A-Z][a-z0-9]*/g) ?? [];
  return operations.length > 0 && operations.every((operation) => conversionOperations.has(operation));
}
