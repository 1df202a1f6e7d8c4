import { intOf, intsOf, floatsOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { axisOf, type InferRule, numbers, type OpCall, tensor } from './facts.js';

/** Axes from the attribute (opset < 13 or 18) or the second input; null: unknown; []: none given. */
export function axesOf(call: OpCall): number[] | null {
  const fixed = intsOf(call.node, 'axes');
  if (fixed !== null) return fixed;
  return call.has(1) ? numbers(call.input(1).values) : [];
}

const reduce: InferRule = (call) => {
  const { shape, dataType } = call.input(0);
  const axes = axesOf(call);
  const keep = intOf(call.node, 'keepdims', 1) === 1;
  if (shape === null || axes === null) return [tensor(dataType, null)];
  if (axes.length === 0 && intOf(call.node, 'noop_with_empty_axes', 0) === 1) return [tensor(dataType, shape)];
  const gone = new Set(axes.length === 0 ? shape.keys() : axes.map((axis) => axisOf(axis, shape.length)));
  const kept = shape.map((dim, axis): Dim | undefined => (gone.has(axis) ? (keep ? 1 : undefined) : dim));
  return [
    tensor(
      dataType,
      kept.filter((dim) => dim !== undefined),
    ),
  ];
};

const argReduce: InferRule = ({ node, input }) => {
  const { shape } = input(0);
  const axis = axisOf(intOf(node, 'axis', 0), shape?.length ?? 0);
  const keep = intOf(node, 'keepdims', 1) === 1;
  const reduced = shape?.flatMap((dim, index) => (index !== axis ? [dim] : keep ? [1] : [])) ?? null;
  return [tensor('int64', reduced)];
};

const topK: InferRule = (call) => {
  const { shape, dataType } = call.input(0);
  const k = call.has(1) ? (call.input(1).values?.[0] ?? null) : intOf(call.node, 'k', null);
  const axis = axisOf(intOf(call.node, 'axis', -1), shape?.length ?? 0);
  const top = shape?.map((dim, index) => (index === axis ? k : dim)) ?? null;
  return [tensor(dataType, top), tensor('int64', top)];
};

function resized(dim: Dim, factor: Dim | undefined): Dim {
  return typeof dim === 'number' && typeof factor === 'number' ? Math.floor(dim * factor) : null;
}

/** Resize-10 and Upsample-9: x, scales. Resize-11 and later: x, roi, scales, sizes. */
const resize: InferRule = (call) => {
  const { shape, dataType } = call.input(0);
  const early = call.node.opType === 'Upsample' || call.opset < 11;
  const scales = early ? (floatsOf(call.node, 'scales') ?? call.input(1).values) : call.input(2).values;
  const sizes = early || !call.has(3) ? null : call.input(3).values;
  if (shape === null || intsOf(call.node, 'axes') !== null) return [tensor(dataType, null)];
  if (sizes !== null && sizes.length === shape.length) return [tensor(dataType, sizes)];
  return [
    tensor(
      dataType,
      scales === null || scales.length === 0
        ? shape.map(() => null)
        : shape.map((dim, axis) => resized(dim, scales[axis])),
    ),
  ];
};

const reductions =
  'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare'.split(
    ' ',
  );

export const reductionRules: Readonly<Record<string, InferRule>> = {
  ...Object.fromEntries(reductions.map((name) => [name, reduce])),
  ArgMax: argReduce,
  ArgMin: argReduce,
  TopK: topK,
  Resize: resize,
  Upsample: resize,
};
