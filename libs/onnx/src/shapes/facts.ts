import type { NodeProto } from 'onnx-buf';
import type { Dim } from '../build.js';
import type { OnnxType } from '../data-types.js';

/** What is known of a tensor without running the model. */
export interface TensorFacts {
  dataType: OnnxType | null;
  /** null: rank unknown. A dimension: size, name of a dynamic one, or null. */
  shape: readonly Dim[] | null;
  /** Elements of a small tensor of rank 0 or 1 (shapes, axes, scales), row by row; names are dynamic dimensions. */
  values: readonly Dim[] | null;
}

export const unknown: TensorFacts = { dataType: null, shape: null, values: null };

/** A node with what is known of its inputs. */
export interface OpCall {
  node: NodeProto;
  /** Operator set version of the node's domain. */
  opset: number;
  /** Facts of input `index`; `unknown` where it is left out. */
  input: (index: number) => TensorFacts;
  /** Whether input `index` is given at all. */
  has: (index: number) => boolean;
}

/** Facts of a node's outputs, in order; outputs beyond the list are unknown. */
export type InferRule = (call: OpCall) => TensorFacts[];

export function tensor(
  dataType: OnnxType | null,
  shape: readonly Dim[] | null,
  values: readonly Dim[] | null = null,
): TensorFacts {
  return { dataType, shape, values };
}

/** Product of sizes; null if one is not a number. */
export function product(dims: readonly Dim[]): number | null {
  let result = 1;
  for (const dim of dims) {
    if (typeof dim !== 'number') return null;
    result *= dim;
  }
  return result;
}

/** Axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Numbers of a known list; null if unknown or partly dynamic. */
export function numbers(values: readonly Dim[] | null): number[] | null {
  return values?.every((value) => typeof value === 'number') === true ? (values as number[]) : null;
}
