import { intsOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { axisOf, type InferRule, numbers, type OpCall, tensor } from './facts.js';

interface Cut {
  axis: number;
  start: number;
  end: number;
  step: number;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** numpy rules: negative counts from the end, out of range is clamped; a negative step runs from `size - 1` down. */
function bounds(cut: Cut, size: number): { start: number; count: number } {
  const from = cut.start < 0 ? cut.start + size : cut.start;
  const to = cut.end < 0 ? cut.end + size : cut.end;
  const start = cut.step > 0 ? clamp(from, 0, size) : clamp(from, 0, size - 1);
  const end = cut.step > 0 ? clamp(to, 0, size) : clamp(to, -1, size - 1);
  return { start, count: Math.max(0, Math.ceil((end - start) / cut.step)) };
}

/** Attributes until opset 9, inputs (data, starts, ends, axes, steps) from 10. */
function cutsOf(call: OpCall, rank: number): Cut[] | null {
  const list = (name: string, index: number) =>
    intsOf(call.node, name) ?? (call.has(index) ? numbers(call.input(index).values) : undefined);
  const starts = list('starts', 1);
  const ends = list('ends', 2);
  const axes = list('axes', 3);
  const steps = list('steps', 4);
  if (!starts || !ends || axes === null || steps === null) return null;
  return starts.map((start, index) => ({
    start,
    end: ends[index] ?? 0,
    axis: axisOf(axes?.[index] ?? index, rank),
    step: steps?.[index] ?? 1,
  }));
}

function untouched(cut: Cut): boolean {
  return cut.start === 0 && cut.step === 1 && cut.end > 2 ** 31 - 2;
}

function cutDim(dim: Dim, cut: Cut | undefined): Dim {
  if (cut === undefined || untouched(cut)) return dim;
  if (typeof dim === 'number') return bounds(cut, dim).count;
  return null;
}

export const slice: InferRule = (call) => {
  const { shape, dataType, values } = call.input(0);
  if (shape === null) return [tensor(dataType, null)];
  const cuts = cutsOf(call, shape.length);
  if (cuts === null) return [tensor(dataType, unknownAlong(call, shape))];
  const dims = shape.map((dim, axis) =>
    cutDim(
      dim,
      cuts.find((cut) => cut.axis === axis),
    ),
  );
  const cut = cuts[0];
  if (values === null || cut === undefined || shape.length !== 1) return [tensor(dataType, dims)];
  const { start, count } = bounds(cut, values.length);
  return [
    tensor(
      dataType,
      dims,
      Array.from({ length: count }, (_, index) => values[start + index * cut.step] ?? null),
    ),
  ];
};

/** Axes that are known to be left alone keep their size though the bounds are unknown. */
function unknownAlong(call: OpCall, shape: readonly Dim[]): Dim[] {
  const axes = intsOf(call.node, 'axes') ?? (call.has(3) ? numbers(call.input(3).values) : null);
  const touched = new Set(axes?.map((axis) => axisOf(axis, shape.length)) ?? shape.keys());
  return shape.map((dim, axis) => (touched.has(axis) ? null : dim));
}
