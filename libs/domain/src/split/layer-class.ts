import type { ClassedLayer, DataType, EngineLayer, LayerClass } from '../layer.js';
import { chainLayouts } from './layout-chain.js';

const floatTypes: ReadonlySet<DataType> = new Set(['fp32', 'tf32', 'fp16', 'bf16', 'fp8']);

/** INT8 in the sense of the four times: TensorRT's Int8 and ONNX Runtime's int8 and uint8 alike. */
export function isInt8(type: DataType): boolean {
  return type === 'int8' || type === 'uint8';
}

/** A floating-point activation type; TF32 is FP32 in memory. */
export function isFloat(type: DataType): boolean {
  return floatTypes.has(type);
}

/**
 * Gives every layer its class, its fused conversions and its chain (design.md section 2): the kind decides first, so that
 * only pure conversion layers can be `quantize`, `dequantize`, `cast`, `layout` or `copy`. Order and times are kept.
 */
export function classify(layers: readonly EngineLayer[]): ClassedLayer[] {
  return chainLayouts(layers.map(withClass));
}

function withClass(layer: EngineLayer): ClassedLayer {
  const computes = layer.kind === 'compute';
  // Field by field: spreading takes several times as long, and an engine may have tens of thousands of layers.
  return {
    name: layer.name,
    type: layer.type,
    kind: layer.kind,
    inputs: layer.inputs,
    outputs: layer.outputs,
    timeNs: layer.timeNs,
    kernel: layer.kernel,
    provider: layer.provider,
    weightBytes: layer.weightBytes,
    class: layerClass(layer),
    fusedQuantize: computes && (quantizesInside(layer) || computesInInt8Inside(layer)),
    fusedDequantize: computes && (dequantizesInside(layer) || computesInInt8Inside(layer)),
    chainedTo: null,
  };
}

/**
 * ONNX Runtime's operators that take floats, quantise, compute in INT8 and give floats, all in one kernel (com.microsoft operator
 * documentation): INT8 layers with both conversions fused.
 */
const int8Inside = /^(DynamicQuantizeMatMul|DynamicQuantizeLSTM)$/;

function computesInInt8Inside(layer: EngineLayer): boolean {
  return int8Inside.test(layer.type);
}

function layerClass(layer: EngineLayer): LayerClass {
  if (layer.kind === 'noop') return 'noop';
  if (layer.kind === 'conversion') return conversionClass(layer);
  return computesInInt8Inside(layer) || layer.inputs.some((tensor) => isInt8(tensor.dataType)) ? 'int8' : 'float';
}

/**
 * The first input and the first output carry the data (scales and zero points follow them where a runtime lists them). One
 * Reformat of TensorRT may quantise and change the layout at once: the data type decides, so that counts as quantising.
 */
function conversionClass(layer: EngineLayer): LayerClass {
  const from = layer.inputs[0];
  const to = layer.outputs[0];
  if (from === undefined || to === undefined) return 'copy';
  if (isFloat(from.dataType) && isInt8(to.dataType)) return 'quantize';
  if (isInt8(from.dataType) && isFloat(to.dataType)) return 'dequantize';
  if (inMemory(from.dataType) !== inMemory(to.dataType)) return 'cast';
  return from.format === to.format ? 'copy' : 'layout';
}

function inMemory(type: DataType): DataType {
  return type === 'tf32' ? 'fp32' : type;
}

function quantizesInside({ inputs, outputs }: EngineLayer): boolean {
  return (
    inputs.some((tensor) => isFloat(tensor.dataType)) &&
    !inputs.some((tensor) => isInt8(tensor.dataType)) &&
    outputs.some((tensor) => isInt8(tensor.dataType))
  );
}

function dequantizesInside({ inputs, outputs }: EngineLayer): boolean {
  return (
    inputs.some((tensor) => isInt8(tensor.dataType)) &&
    !outputs.some((tensor) => isInt8(tensor.dataType)) &&
    outputs.some((tensor) => isFloat(tensor.dataType))
  );
}
