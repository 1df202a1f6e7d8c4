import { intOf, intsOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { axisOf, type InferRule, numbers, product, tensor } from './facts.js';
import { axesOf } from './reductions.js';

/** 0 copies the input's dimension (unless allowzero), -1 takes what is left. */
const reshape: InferRule = ({ node, input }) => {
  const { shape, dataType, values } = input(0);
  const wanted = input(1).values ?? intsOf(node, 'shape');
  if (wanted === null) return [tensor(dataType, null)];
  const zeroCopies = intOf(node, 'allowzero', 0) === 0;
  const copied = wanted.map((dim, axis) => (dim === 0 && zeroCopies ? (shape?.[axis] ?? null) : dim));
  return [tensor(dataType, copied.includes(-1) ? filled(shape, copied) : copied, copied.length <= 1 ? values : null)];
};

function filled(shape: readonly Dim[] | null, wanted: readonly Dim[]): Dim[] {
  const rest = [...(shape ?? [null])];
  const others: Dim[] = [];
  // Equal dimensions cancel, named ones too: [batch, 64, 7, 7] -> [batch, -1] is [batch, 3136].
  for (const dim of wanted.filter((entry) => entry !== -1)) {
    const same = dim === null ? -1 : rest.indexOf(dim);
    if (same >= 0) rest.splice(same, 1);
    else others.push(dim);
  }
  const total = product(rest);
  const known = product(others);
  const single = others.length === 0 && rest.length === 1 ? (rest[0] ?? null) : null;
  const left = total === null || known === null || known === 0 ? single : total / known;
  return wanted.map((dim) => (dim === -1 ? left : dim));
}

const flatten: InferRule = ({ node, input }) => {
  const { shape, dataType } = input(0);
  const axis = axisOf(intOf(node, 'axis', 1), shape?.length ?? 0);
  const side = (dims: readonly Dim[]): Dim => (dims.length === 1 ? (dims[0] ?? null) : product(dims));
  return [tensor(dataType, shape === null ? null : [side(shape.slice(0, axis)), side(shape.slice(axis))])];
};

const transpose: InferRule = ({ node, input }) => {
  const { shape, dataType } = input(0);
  const order = intsOf(node, 'perm') ?? shape?.map((_, axis) => shape.length - 1 - axis);
  return [tensor(dataType, shape === null ? null : (order?.map((axis) => shape[axis] ?? null) ?? null))];
};

function summed(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>((sum, dim) => (typeof sum === 'number' && typeof dim === 'number' ? sum + dim : null), 0);
}

const concat: InferRule = ({ node, input }) => {
  const parts = node.input.map((_, index) => input(index));
  const first = parts.find((part) => part.shape !== null)?.shape;
  const known = parts.every((part) => part.values !== null);
  const values = known ? parts.flatMap((part) => part.values ?? []) : null;
  if (first === undefined || first === null) return [tensor(parts[0]?.dataType ?? null, null, values)];
  const at = axisOf(intOf(node, 'axis', 1), first.length);
  const along = summed(parts.map((part) => part.shape?.[at] ?? null));
  // A dimension off the axis is the same in all parts: the one that is known counts.
  const others = (axis: number): Dim =>
    parts.map((part) => part.shape?.[axis] ?? null).find((dim) => typeof dim === 'number') ?? first[axis] ?? null;
  return [
    tensor(
      parts[0]?.dataType ?? null,
      first.map((_, axis) => (axis === at ? along : others(axis))),
      first.length <= 1 ? values : null,
    ),
  ];
};

const squeeze: InferRule = (call) => {
  const { shape, dataType, values } = call.input(0);
  const axes = axesOf(call);
  if (shape === null || axes === null) return [tensor(dataType, null, values)];
  if (axes.length === 0 && shape.some((dim) => typeof dim !== 'number')) return [tensor(dataType, null, values)];
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  return [
    tensor(
      dataType,
      shape.filter((dim, axis) => (axes.length === 0 ? dim !== 1 : !gone.has(axis))),
      values,
    ),
  ];
};

const unsqueeze: InferRule = (call) => {
  const { shape, dataType, values } = call.input(0);
  const axes = axesOf(call);
  if (shape === null || axes === null) return [tensor(dataType, null)];
  const rank = shape.length + axes.length;
  const ones = new Set(axes.map((axis) => axisOf(axis, rank)));
  const rest = [...shape];
  const dims = Array.from({ length: rank }, (_, axis): Dim => (ones.has(axis) ? 1 : (rest.shift() ?? null)));
  return [tensor(dataType, dims, rank <= 1 ? values : null)];
};

const shapeOf: InferRule = ({ node, input }) => {
  const { shape } = input(0);
  const rank = shape?.length ?? 0;
  const part = shape?.slice(axisOf(intOf(node, 'start', 0), rank), axisOf(intOf(node, 'end', rank), rank)) ?? null;
  return [tensor('int64', [part?.length ?? null], part)];
};

const size: InferRule = ({ input }) => [
  tensor('int64', [], input(0).shape === null ? null : [product(input(0).shape ?? [])]),
];

const gather: InferRule = ({ node, input }) => {
  const data = input(0);
  const indices = input(1);
  if (data.shape === null || indices.shape === null) return [tensor(data.dataType, null)];
  const axis = axisOf(intOf(node, 'axis', 0), data.shape.length);
  const picked = numbers(indices.values);
  const { values: all } = data;
  const values = all === null || picked === null ? null : picked.map((index) => all[axisOf(index, all.length)] ?? null);
  return [
    tensor(data.dataType, [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)], values),
  ];
};

const expand: InferRule = ({ input }) => {
  const { shape, dataType } = input(0);
  const wanted = input(1).values;
  if (shape === null || wanted === null) return [tensor(dataType, null)];
  const rank = Math.max(shape.length, wanted.length);
  const at = (dims: readonly Dim[], axis: number): Dim =>
    axis < rank - dims.length ? 1 : (dims[axis - (rank - dims.length)] ?? null);
  return [
    tensor(
      dataType,
      Array.from({ length: rank }, (_, axis) => (at(shape, axis) === 1 ? at(wanted, axis) : at(shape, axis))),
    ),
  ];
};

const tile: InferRule = ({ input }) => {
  const { shape, dataType } = input(0);
  const repeats = input(1).values;
  const times = (dim: Dim, count: Dim | undefined): Dim =>
    count === 1 ? dim : typeof dim === 'number' && typeof count === 'number' ? dim * count : null;
  return [tensor(dataType, shape?.map((dim, axis) => times(dim, repeats?.[axis])) ?? null)];
};

const pad: InferRule = (call) => {
  const { shape, dataType } = call.input(0);
  const pads = intsOf(call.node, 'pads') ?? numbers(call.input(1).values);
  if (shape === null || pads === null || call.has(3)) return [tensor(dataType, shape?.map(() => null) ?? null)];
  const padded = shape.map((dim, axis): Dim => {
    const added = (pads[axis] ?? 0) + (pads[axis + shape.length] ?? 0);
    return added === 0 ? dim : typeof dim === 'number' ? dim + added : null;
  });
  return [tensor(dataType, padded)];
};

const split: InferRule = (call) => {
  const { shape, dataType } = call.input(0);
  const count = call.node.output.length;
  if (shape === null) return call.node.output.map(() => tensor(dataType, null));
  const at = axisOf(intOf(call.node, 'axis', 0), shape.length);
  const sizes = intsOf(call.node, 'split') ?? (call.has(1) ? call.input(1).values : null);
  const whole = shape[at];
  const even = typeof whole === 'number' && !call.has(1) ? Math.ceil(whole / count) : null;
  return call.node.output.map((_, part) => {
    const own =
      sizes?.[part] ?? (even === null || typeof whole !== 'number' ? null : Math.min(even, whole - part * even));
    return tensor(
      dataType,
      shape.map((dim, axis) => (axis === at ? own : dim)),
    );
  });
};

export const movementRules: Readonly<Record<string, InferRule>> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shapeOf,
  Size: size,
  Gather: gather,
  GatherElements: ({ input }) => [tensor(input(0).dataType, input(1).shape)],
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Split: split,
  NonZero: ({ input }) => [tensor('int64', input(0).shape === null ? null : [input(0).shape?.length ?? null, null])],
};
