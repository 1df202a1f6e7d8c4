import { intOf, stringOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { broadcast } from './broadcast.js';
import { type InferRule, type OpCall, tensor, unknown } from './facts.js';

/** numpy.matmul: batch dimensions broadcast; a vector on either side loses its added dimension again. */
export function matMulShape(a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (a === null || b === null || a.length === 0 || b.length === 0) return null;
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  const rows = a.length === 1 ? [] : [left.at(-2) ?? null];
  const columns = b.length === 1 ? [] : [right.at(-1) ?? null];
  return batch === null ? null : [...batch, ...rows, ...columns];
}

const matMul: InferRule = ({ input }) => [tensor(input(0).dataType, matMulShape(input(0).shape, input(1).shape))];

const matMulInteger: InferRule = ({ input }) => [tensor('int32', matMulShape(input(0).shape, input(1).shape))];

/** a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point. */
const qLinearMatMul: InferRule = ({ input }) => [
  tensor(input(7).dataType, matMulShape(input(0).shape, input(3).shape)),
];

function gemmShape({ node }: OpCall, a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (a === null || b === null) return null;
  const rows = intOf(node, 'transA', 0) === 1 ? a[1] : a[0];
  const columns = intOf(node, 'transB', 0) === 1 ? b[0] : b[1];
  return [rows ?? null, columns ?? null];
}

const gemm: InferRule = (call) => [
  tensor(call.input(0).dataType, gemmShape(call, call.input(0).shape, call.input(1).shape)),
];

/** com.microsoft QGemm: a, a_scale, a_zero_point, b, b_scale, b_zero_point, bias, y_scale, y_zero_point. */
const qGemm: InferRule = (call) => {
  const type = call.has(8) ? call.input(8).dataType : 'float32';
  return [tensor(type, gemmShape(call, call.input(0).shape, call.input(3).shape))];
};

/** X [seq, batch, input] (layout 0), W [directions, gates * hidden, input]: Y [seq, directions, batch, hidden], Y_h, Y_c. */
const recurrent: InferRule = ({ node, input }) => {
  const { shape, dataType } = input(0);
  const hidden = intOf(node, 'hidden_size', null);
  if (shape === null || hidden === null || intOf(node, 'layout', 0) !== 0) return [unknown];
  const directions = stringOf(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  const [sequence = null, batch = null] = shape;
  const state = tensor(dataType, [directions, batch, hidden]);
  return [tensor(dataType, [sequence, directions, batch, hidden]), state, state];
};

export const productRules: Readonly<Record<string, InferRule>> = {
  MatMul: matMul,
  FusedMatMul: ({ node, input }) =>
    intOf(node, 'transA', 0) + intOf(node, 'transB', 0) === 0
      ? [tensor(input(0).dataType, matMulShape(input(0).shape, input(1).shape))]
      : [unknown],
  MatMulInteger: matMulInteger,
  MatMulIntegerToFloat: ({ input }) => [tensor('float32', matMulShape(input(0).shape, input(1).shape))],
  DynamicQuantizeMatMul: ({ input }) => [tensor('float32', matMulShape(input(0).shape, input(1).shape))],
  QLinearMatMul: qLinearMatMul,
  Gemm: gemm,
  FusedGemm: gemm,
  QGemm: qGemm,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};
