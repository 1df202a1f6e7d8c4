import { floatOf, intOf, intsOf, tensorOf } from '../attributes.js';
import { onnxType } from '../data-types.js';
import { type InferRule, numbers, product, tensor } from './facts.js';

/** Longer lists are no shape arithmetic; this also keeps a model that claims a huge ConstantOfShape from filling memory. */
export const maxFoldedValues = 1024;

const constantOfShape: InferRule = ({ node, input }) => {
  const shape = input(0).values;
  const value = tensorOf(node, 'value');
  const type = value === null ? 'float32' : onnxType(value.dataType);
  const count = shape === null || shape.length > 1 ? null : product(shape);
  const filler =
    value === null ? 0 : value.int64Data.length > 0 ? Number(value.int64Data[0]) : fillerOf(value.rawData, type);
  const small = count !== null && count <= maxFoldedValues && filler !== null;
  return [tensor(type, shape, small ? Array.from({ length: count }, () => filler) : null)];
};

function fillerOf(raw: Uint8Array, type: string | null): number | null {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === 'int64' && raw.length === 8) return Number(view.getBigInt64(0, true));
  return type === 'float32' && raw.length === 4 ? view.getFloat32(0, true) : null;
}

const range: InferRule = ({ input }) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => numbers(input(index).values)?.[0]);
  if (start === undefined || limit === undefined || delta === undefined || delta === 0)
    return [tensor(input(0).dataType, [null])];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  const values = count <= maxFoldedValues ? Array.from({ length: count }, (_, index) => start + index * delta) : null;
  return [tensor(input(0).dataType, [count], values)];
};

/** Output type: the zero point's, uint8 without one (or output_dtype from opset 21). */
const quantizeLinear: InferRule = ({ node, input, has }) => {
  const type = has(2) ? input(2).dataType : (onnxType(intOf(node, 'output_dtype', 0)) ?? 'uint8');
  return [tensor(type, input(0).shape)];
};

const dequantizeLinear: InferRule = ({ input }) => [tensor(input(1).dataType, input(0).shape)];

const dynamicQuantize: InferRule = ({ input }) => [
  tensor('uint8', input(0).shape),
  tensor('float32', []),
  tensor('uint8', []),
];

const oneHot: InferRule = ({ node, input }) => {
  const { shape } = input(0);
  const depth = input(1).values?.[0] ?? null;
  if (shape === null) return [tensor(input(2).dataType, null)];
  const axis = intOf(node, 'axis', -1);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [tensor(input(2).dataType, [...shape.slice(0, at), depth, ...shape.slice(at)])];
};

const random: InferRule = ({ node }) => [tensor(onnxType(intOf(node, 'dtype', 1)), intsOf(node, 'shape'))];

/** values of a Constant are put into the table before the walk; its other forms are small. */
const constant: InferRule = ({ node }) => {
  const float = floatOf(node, 'value_float', null);
  const int = intOf(node, 'value_int', null);
  const ints = intsOf(node, 'value_ints');
  if (int !== null) return [tensor('int64', [], [int])];
  if (ints !== null) return [tensor('int64', [ints.length], ints.length <= maxFoldedValues ? ints : null)];
  return [tensor('float32', float === null ? null : [], float === null ? null : [float])];
};

export const makingRules: Readonly<Record<string, InferRule>> = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantize,
  OneHot: oneHot,
  RandomNormal: random,
  RandomUniform: random,
};
