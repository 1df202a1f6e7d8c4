import { OctetError } from '@octet/domain';
import type { Tensor, TensorMap } from '@octet/engines';

/** Channels in one vector of the format that INT8 convolutions take. */
const vector = 32;

/** Memory format of an INT8 tensor at the border, as trtexec spells it: vectors of 32 channels for images, else as it is. */
export function int8Format(rank: number): 'int8:chw32' | 'int8:chw' {
  return rank === 4 ? 'int8:chw32' : 'int8:chw';
}

/**
 * The same inputs in INT8, laid out as `int8Format` says: value / scale, rounded to even and clipped to [-128, 127].
 * @throws OctetError `border-not-quantized` for an input without a scale or of another type than float.
 */
export function int8Inputs(inputs: TensorMap, scales: Readonly<Record<string, number>>): TensorMap {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, name in scales ? quantized(name, tensor, scales) : tensor]),
  );
}

function quantized(name: string, { dataType, dims, data }: Tensor, scales: Readonly<Record<string, number>>): Tensor {
  if (dataType !== 'float32') {
    throw new OctetError('border-not-quantized', `Input ${name} is ${dataType}: only float inputs can become INT8.`);
  }
  const values = Int8Array.from(data as Float32Array, (value) => toInt8(value / (scales[name] ?? 1)));
  if (int8Format(dims.length) === 'int8:chw') return { dataType: 'int8', dims, data: values };
  return packed(values, dims as [number, number, number, number]);
}

function toInt8(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  const rounded = rest === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value);
  return Math.max(-128, Math.min(127, rounded));
}

/** N C H W to N C/32 H W 32; channels that are not there are 0. */
function packed(values: Int8Array, [n, c, h, w]: [number, number, number, number]): Tensor {
  const groups = Math.ceil(c / vector);
  const plane = h * w;
  const data = new Int8Array(n * groups * plane * vector);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      const from = (image * c + channel) * plane;
      const to = (image * groups + Math.floor(channel / vector)) * plane * vector + (channel % vector);
      for (let at = 0; at < plane; at++) data[to + at * vector] = values[from + at] ?? 0;
    }
  }
  return { dataType: 'int8', dims: [n, groups, h, w, vector], data };
}
