import { intOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { onnxType, type OnnxType } from '../data-types.js';
import { broadcast } from './broadcast.js';
import { type InferRule, type OpCall, tensor, type TensorFacts } from './facts.js';

/** Output like the first input, values included (Identity, Cast of shapes) or not. */
export const likeFirst: InferRule = ({ input }) => [tensor(input(0).dataType, input(0).shape)];

const identity: InferRule = ({ input }) => [input(0)];

const cast: InferRule = ({ node, input }) => {
  const { shape, values } = input(0);
  const type = onnxType(intOf(node, 'to', 0));
  const whole = type?.includes('int') === true;
  return [
    tensor(
      type,
      shape,
      values?.map((value) => (whole && typeof value === 'number' ? Math.trunc(value) : value)) ?? null,
    ),
  ];
};

type Arithmetic = (a: number, b: number) => number;

/** Integer division truncates, as C does; ONNX Div on integers. */
function divide(type: OnnxType | null): Arithmetic {
  return (a, b) => (type?.startsWith('float') === true ? a / b : Math.trunc(a / b));
}

function calculated(a: Dim, b: Dim, operator: string, arithmetic: Arithmetic): Dim {
  if (typeof a === 'number' && typeof b === 'number') return arithmetic(a, b);
  // The name of a dynamic dimension survives where the arithmetic changes nothing.
  if (b === 1 && (operator === 'Mul' || operator === 'Div')) return a;
  if (a === 1 && operator === 'Mul') return b;
  if (b === 0 && (operator === 'Add' || operator === 'Sub')) return a;
  return a === 0 && operator === 'Add' ? b : null;
}

function arithmeticOf(operator: string, type: OnnxType | null): Arithmetic | null {
  const table: Record<string, Arithmetic> = {
    Add: (a, b) => a + b,
    Sub: (a, b) => a - b,
    Mul: (a, b) => a * b,
    Div: divide(type),
    Max: Math.max,
    Min: Math.min,
    Equal: (a, b) => Number(a === b),
    Greater: (a, b) => Number(a > b),
    Less: (a, b) => Number(a < b),
    Mod: (a, b) => a - b * Math.floor(a / b),
  };
  return table[operator] ?? null;
}

function foldedValues(call: OpCall, a: TensorFacts, b: TensorFacts): Dim[] | null {
  const arithmetic = arithmeticOf(call.node.opType, a.dataType);
  const left = a.values;
  const right = b.values;
  if (arithmetic === null || left === null || right === null) return null;
  if (left.length !== right.length && left.length !== 1 && right.length !== 1) return null;
  const length = left.length === 1 ? right.length : left.length;
  const at = (list: readonly Dim[], index: number): Dim => list[list.length === 1 ? 0 : index] ?? null;
  return Array.from({ length }, (_, index) =>
    calculated(at(left, index), at(right, index), call.node.opType, arithmetic),
  );
}

/** Any number of inputs, broadcast together; the type is the first input's, or `type`. */
function broadcasting(type: OnnxType | null = null): InferRule {
  return (call) => {
    const inputs = call.node.input.map((_, index) => call.input(index));
    const [first, second] = inputs;
    const shape = inputs.map((facts) => facts.shape).reduce((a, b) => broadcast(a, b));
    const values =
      first !== undefined && second !== undefined && inputs.length === 2 ? foldedValues(call, first, second) : null;
    return [tensor(type ?? first?.dataType ?? null, shape, values)];
  };
}

const where: InferRule = ({ input }) => {
  const shape = broadcast(broadcast(input(0).shape, input(1).shape), input(2).shape);
  const [condition, yes, no] = [input(0).values, input(1).values, input(2).values];
  const known =
    condition !== null && yes !== null && no !== null && condition.every((value) => typeof value === 'number');
  const at = (list: readonly Dim[], index: number): Dim => list[list.length === 1 ? 0 : index] ?? null;
  const length = Math.max(condition?.length ?? 0, yes?.length ?? 0, no?.length ?? 0);
  const values = known ? Array.from({ length }, (_, index) => at(at(condition, index) === 0 ? no : yes, index)) : null;
  return [tensor(input(1).dataType, shape, values)];
};

const prelu: InferRule = likeFirst;

const unary =
  `Relu LeakyRelu Sigmoid Tanh Erf Exp Log Sqrt Abs Neg Ceil Floor Round Reciprocal Sign Clip Elu Selu Celu Gelu Mish
  HardSigmoid HardSwish Softplus Softsign ThresholdedRelu Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Softmax
  LogSoftmax Hardmax BatchNormalization InstanceNormalization LpNormalization LRN MeanVarianceNormalization Dropout Shrink
  CumSum Trilu GroupNormalization SimplifiedLayerNormalization QuickGelu FastGelu BiasGelu BitwiseNot EyeLike ScatterND
  ScatterElements Swish RMSNormalization`.split(/\s+/);

const binary = 'Add Sub Mul Div Pow Mod Max Min Sum Mean BitShift BitwiseAnd BitwiseOr BitwiseXor'.split(' ');
const comparison = 'Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor'.split(' ');

export const elementwiseRules: Readonly<Record<string, InferRule>> = {
  ...Object.fromEntries(unary.map((name) => [name, likeFirst])),
  ...Object.fromEntries(binary.map((name) => [name, broadcasting()])),
  ...Object.fromEntries(comparison.map((name) => [name, broadcasting('bool')])),
  Not: ({ input }) => [
    tensor(
      'bool',
      input(0).shape,
      input(0).values?.map((value) => (typeof value === 'number' ? Number(value === 0) : null)) ?? null,
    ),
  ],
  IsNaN: ({ input }) => [tensor('bool', input(0).shape)],
  IsInf: ({ input }) => [tensor('bool', input(0).shape)],
  Identity: identity,
  Cast: cast,
  CastLike: ({ input }) => [tensor(input(1).dataType, input(0).shape, input(0).values)],
  Where: where,
  PRelu: prelu,
  LayerNormalization: likeFirst,
};
