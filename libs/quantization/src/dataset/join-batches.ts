import { elementCount, type Tensor, type TensorMap } from '../tensor.js';

/** Two batches as one, joined along the first dimension; an input that is the same in both (a constant one) stays as it is. */
export function joinBatches(first: TensorMap, second: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(first).map(([name, tensor]) => {
      const other = second[name]!;
      return [name, other === tensor ? tensor : join(tensor, other)];
    }),
  );
}

function join(first: Tensor, second: Tensor): Tensor {
  const dims = [first.dims[0]! + second.dims[0]!, ...first.dims.slice(1)];
  const Kind = first.data.constructor as new (length: number) => Tensor['data'];
  const data = new Kind(elementCount(dims));
  const write = (from: Tensor, at: number): void => (data as Float32Array).set(from.data as Float32Array, at);
  write(first, 0);
  write(second, first.data.length);
  return { dataType: first.dataType, dims, data };
}
