import type { NodeProto } from 'onnx-buf';
import { intOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { plainDomain } from '../model.js';
import { product } from '../shapes/facts.js';
import type { ShapeTable } from '../shapes/infer.js';

type Shape = readonly Dim[] | null;

interface Shapes {
  input: (index: number) => Shape;
  output: Shape;
}

function times(...factors: (number | null | undefined)[]): number | null {
  return factors.reduce<number | null>(
    (total, factor) => (total === null || typeof factor !== 'number' ? null : total * factor),
    1,
  );
}

function size(shape: Shape): number | null {
  return shape === null ? null : product(shape);
}

function dim(shape: Shape, axis: number): number | null {
  const found = shape?.at(axis);
  return typeof found === 'number' ? found : null;
}

/** Each output element takes C/group * kernel products: the weight's dims without the first. */
function conv(weight: Shape, output: Shape): number | null {
  return times(size(output), weight === null ? null : product(weight.slice(1)));
}

/** Each input element is multiplied with M/group * kernel weights. */
function convTranspose(image: Shape, weight: Shape): number | null {
  return times(size(image), weight === null ? null : product(weight.slice(1)));
}

/** Each output element is a dot product over the left side's last axis. */
function matMul(left: Shape, output: Shape): number | null {
  return times(size(output), dim(left, -1));
}

function gemm(node: NodeProto, left: Shape, output: Shape): number | null {
  return times(size(output), dim(left, intOf(node, 'transA', 0) === 1 ? 0 : 1));
}

/** Input and recurrent products of all gates, each step and direction; W [directions, gates * hidden, input]. */
function recurrent(node: NodeProto, sequence: Shape, weights: Shape, recurrence: Shape): number | null {
  const steps = times(dim(sequence, 0), dim(sequence, 1));
  const each = size(weights);
  const back = size(recurrence);
  if (intOf(node, 'layout', 0) !== 0 || each === null || back === null) return null;
  return times(steps, each + back);
}

type Rule = (node: NodeProto, shapes: Shapes) => number | null;

const rules: Readonly<Record<string, Rule>> = {
  Conv: (_, s) => conv(s.input(1), s.output),
  FusedConv: (_, s) => conv(s.input(1), s.output),
  ConvInteger: (_, s) => conv(s.input(1), s.output),
  QLinearConv: (_, s) => conv(s.input(3), s.output),
  ConvTranspose: (_, s) => convTranspose(s.input(0), s.input(1)),
  MatMul: (_, s) => matMul(s.input(0), s.output),
  MatMulInteger: (_, s) => matMul(s.input(0), s.output),
  MatMulIntegerToFloat: (_, s) => matMul(s.input(0), s.output),
  DynamicQuantizeMatMul: (_, s) => matMul(s.input(0), s.output),
  QLinearMatMul: (_, s) => matMul(s.input(0), s.output),
  Gemm: (node, s) => gemm(node, s.input(0), s.output),
  FusedGemm: (node, s) => gemm(node, s.input(0), s.output),
  QGemm: (node, s) => gemm(node, s.input(0), s.output),
  LSTM: (node, s) => recurrent(node, s.input(0), s.input(1), s.input(2)),
  GRU: (node, s) => recurrent(node, s.input(0), s.input(1), s.input(2)),
  RNN: (node, s) => recurrent(node, s.input(0), s.input(1), s.input(2)),
};

/** Operators that multiply matrices in ways not counted here: their MACs are unknown, not 0. */
const uncounted = new Set([
  'Einsum',
  'FusedMatMul',
  'Attention',
  'MultiHeadAttention',
  'QAttention',
  'DeformConv',
  'If',
  'Loop',
  'Scan',
  'DFT',
  'MatMulNBits',
  'GroupQueryAttention',
  'QMoE',
  'MoE',
  'LinearAttention',
]);

/**
 * Multiply-accumulates of a node: those of convolutions, matrix products and recurrent layers; 0 for all other known
 * operators (element-wise work is not counted, as usual); null where a shape is unknown or the operator is not counted.
 */
export function macsOf(node: NodeProto, shapes: ShapeTable): number | null {
  const known = ['', 'com.microsoft'].includes(plainDomain(node.domain));
  if (!known || uncounted.has(node.opType)) return null;
  const shape = (name: string | undefined): Shape => shapes.get(name ?? '')?.shape ?? null;
  return (
    rules[node.opType]?.(node, { input: (index) => shape(node.input[index]), output: shape(node.output[0]) }) ??
    (node.opType in rules ? null : 0)
  );
}
