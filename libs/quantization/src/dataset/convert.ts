import { OctetError } from '@octet/domain';
import { float16Value } from '@octet/onnx';

import { elementCount, type InputSpec, type Tensor } from '../tensor.js';
import { describeInput, type SampleTable } from './dataset.js';

/**
 * Fits an array to a model input: the type is widened where no value is lost (uint8, int8, float16 to float32; int32 to
 * int64), the shape must agree in all but the sample dimension, or hold the same number of elements in each sample.
 * Throws OctetError `dataset-shape` or `dataset-type` naming the tensor, what was found and what is wanted.
 */
export function fitToInput(array: Tensor, spec: InputSpec): SampleTable {
  const tensor = convertType(array, spec);
  if (spec.dims.length === 0) return { name: spec.name, tensor, constant: true };
  const dims = fitDims(tensor.dims, spec);
  return { name: spec.name, tensor: { ...tensor, dims }, constant: false };
}

function fitDims(found: number[], spec: InputSpec): number[] {
  const wanted = spec.dims.slice(1);
  const sample = found.slice(1);
  const agrees = sample.length === wanted.length && wanted.every((dim, i) => dim < 0 || dim === sample[i]);
  if (agrees) return found;
  const fixed = wanted.every((dim) => dim >= 0);
  if (fixed && found.length > 0 && elementCount(sample) === elementCount(wanted)) return [found[0]!, ...wanted];
  throw new OctetError(
    'dataset-shape',
    `Input "${spec.name}": the data has shape [${found.join(',')}], the model wants ${describeInput(spec)} (the first dimension counts samples). Reshape the data.`,
    { details: { tensor: spec.name, found: found.map(String), wanted: spec.dims.map(String) } },
  );
}

function convertType(array: Tensor, spec: InputSpec): Tensor {
  if (array.dataType === spec.dataType) return array;
  const convert = conversions[`${array.dataType}>${spec.dataType}`];
  if (convert !== undefined) return { dataType: spec.dataType, dims: array.dims, data: convert(array.data) };
  throw new OctetError(
    'dataset-type',
    `Input "${spec.name}": the data is ${array.dataType}, the model wants ${spec.dataType}. Convert the data.`,
    { details: { tensor: spec.name, found: array.dataType, wanted: spec.dataType } },
  );
}

const widen = (data: Tensor['data']): Float32Array => Float32Array.from(data as Uint8Array);
const widenInt = (data: Tensor['data']): BigInt64Array => BigInt64Array.from(data as Int32Array, BigInt);

const conversions: Record<string, (data: Tensor['data']) => Tensor['data']> = {
  'uint8>float32': widen,
  'int8>float32': widen,
  'int32>float32': widen,
  'float16>float32': (data) => Float32Array.from(data as Uint16Array, float16Value),
  'int32>int64': widenInt,
  'uint8>int64': (data) => BigInt64Array.from(data as Uint8Array, BigInt),
  'int64>int32': (data) => Int32Array.from(data as BigInt64Array, Number),
  'uint8>int32': (data) => Int32Array.from(data as Uint8Array),
  'int64>float32': (data) => Float32Array.from(data as BigInt64Array, Number),
};
