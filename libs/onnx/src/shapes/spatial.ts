import type { NodeProto } from 'onnx-buf';
import { intOf, intsOf, stringOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { type InferRule, type OpCall, tensor } from './facts.js';

/** Window of a convolution or pooling along each spatial axis. */
interface Window {
  kernel: readonly Dim[];
  strides: number[];
  dilations: number[];
  pads: number[];
  autoPad: string;
}

function windowOf(node: NodeProto, kernel: readonly Dim[]): Window {
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: intsOf(node, 'strides') ?? ones,
    dilations: intsOf(node, 'dilations') ?? ones,
    pads: intsOf(node, 'pads') ?? [...ones, ...ones].map(() => 0),
    autoPad: stringOf(node, 'auto_pad', 'NOTSET'),
  };
}

/** floor((size + pads - dilation * (kernel - 1) - 1) / stride) + 1 (ONNX Conv, MaxPool); SAME_*: ceil(size / stride). */
function slid(size: Dim, axis: number, window: Window, ceil: boolean): Dim {
  const stride = window.strides[axis] ?? 1;
  const kernel = window.kernel[axis];
  if (typeof size !== 'number') return null;
  if (window.autoPad.startsWith('SAME')) return Math.ceil(size / stride);
  if (typeof kernel !== 'number') return null;
  const before = window.autoPad === 'VALID' ? 0 : (window.pads[axis] ?? 0);
  const after = window.autoPad === 'VALID' ? 0 : (window.pads[axis + window.kernel.length] ?? 0);
  const extent = (window.dilations[axis] ?? 1) * (kernel - 1) + 1;
  const steps = (size + before + after - extent) / stride;
  if (!ceil) return Math.floor(steps) + 1;
  const count = Math.ceil(steps) + 1;
  // A last window that would start in the padding after the input is left out (ONNX 1.16, MaxPool-22; onnxruntime does so too).
  return (count - 1) * stride >= size + before ? count - 1 : count;
}

function convolved(call: OpCall, image: readonly Dim[] | null, weight: readonly Dim[] | null): readonly Dim[] | null {
  if (image === null || weight === null) return null;
  const window = windowOf(call.node, intsOf(call.node, 'kernel_shape') ?? weight.slice(2));
  return [image[0] ?? null, weight[0] ?? null, ...image.slice(2).map((size, axis) => slid(size, axis, window, false))];
}

const conv: InferRule = (call) => [
  tensor(call.input(0).dataType, convolved(call, call.input(0).shape, call.input(1).shape)),
];

const convInteger: InferRule = (call) => [tensor('int32', convolved(call, call.input(0).shape, call.input(1).shape))];

/** x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point. */
const qLinearConv: InferRule = (call) => [
  tensor(call.input(7).dataType, convolved(call, call.input(0).shape, call.input(3).shape)),
];

/** stride * (size - 1) + output_padding + (kernel - 1) * dilation + 1 - pads (ONNX ConvTranspose). */
const convTranspose: InferRule = ({ node, input }) => {
  const image = input(0).shape;
  const weight = input(1).shape;
  if (image === null || weight === null) return [tensor(input(0).dataType, null)];
  const window = windowOf(node, intsOf(node, 'kernel_shape') ?? weight.slice(2));
  const wanted = intsOf(node, 'output_shape');
  const extra = intsOf(node, 'output_padding') ?? [];
  const spatial = image.slice(2).map((size, axis): Dim => {
    const kernel = window.kernel[axis];
    const stride = window.strides[axis] ?? 1;
    if (wanted !== null) return wanted.slice(-window.kernel.length)[axis] ?? null;
    if (typeof size !== 'number' || typeof kernel !== 'number') return null;
    if (window.autoPad.startsWith('SAME')) return size * stride;
    const pads =
      window.autoPad === 'VALID' ? 0 : (window.pads[axis] ?? 0) + (window.pads[axis + window.kernel.length] ?? 0);
    return stride * (size - 1) + (extra[axis] ?? 0) + (kernel - 1) * (window.dilations[axis] ?? 1) + 1 - pads;
  });
  const perGroup = weight[1];
  const channels = typeof perGroup === 'number' ? perGroup * intOf(node, 'group', 1) : null;
  return [tensor(input(0).dataType, [image[0] ?? null, channels, ...spatial])];
};

const pool: InferRule = ({ node, input }) => {
  const { shape, dataType } = input(0);
  const kernel = intsOf(node, 'kernel_shape');
  if (shape === null || kernel === null) return [tensor(dataType, null), tensor('int64', null)];
  const window = windowOf(node, kernel);
  const ceil = intOf(node, 'ceil_mode', 0) === 1;
  const pooled = [...shape.slice(0, 2), ...shape.slice(2).map((size, axis) => slid(size, axis, window, ceil))];
  return [tensor(dataType, pooled), tensor('int64', pooled)];
};

const globalPool: InferRule = ({ input }) => {
  const { shape, dataType } = input(0);
  return [tensor(dataType, shape?.map((dim, axis) => (axis < 2 ? dim : 1)) ?? null)];
};

const depthToSpace: InferRule = ({ node, input }) => {
  const { shape, dataType } = input(0);
  const block = intOf(node, 'blocksize', 1);
  const scaled = (dim: Dim, factor: number): Dim => (typeof dim === 'number' ? dim * factor : null);
  const [batch = null, channels = null, height = null, width = null] = shape ?? [];
  const grow = node.opType === 'DepthToSpace' ? block : 1 / block;
  return [
    tensor(
      dataType,
      shape === null ? null : [batch, scaled(channels, 1 / grow ** 2), scaled(height, grow), scaled(width, grow)],
    ),
  ];
};

export const spatialRules: Readonly<Record<string, InferRule>> = {
  Conv: conv,
  FusedConv: conv,
  ConvInteger: convInteger,
  QLinearConv: qLinearConv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  DepthToSpace: depthToSpace,
  SpaceToDepth: depthToSpace,
};
