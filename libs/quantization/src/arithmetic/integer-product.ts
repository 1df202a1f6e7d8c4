import { OctetError } from '@octet/domain';

/** Row-major matrix of small integers with one zero point. */
export interface IntegerMatrix {
  rows: number;
  columns: number;
  values: Int8Array | Uint8Array;
  zeroPoint: number;
}

/**
 * Sums of each column of the weights. They do not depend on the input, so a runtime computes them once when the model is
 * loaded (gemmlowp, doc/low-precision.md, "efficient handling of offsets").
 */
export function columnSums(weights: IntegerMatrix): Int32Array {
  const sums = new Int32Array(weights.columns);
  for (let k = 0; k < weights.rows; k++) {
    for (let j = 0; j < weights.columns; j++) sums[j]! += weights.values[k * weights.columns + j]!;
  }
  return sums;
}

/** Sums of each row of the input; only needed when the weights' zero point is not 0. */
export function rowSums(input: IntegerMatrix): Int32Array {
  const sums = new Int32Array(input.rows);
  for (let i = 0; i < input.rows; i++) {
    for (let k = 0; k < input.columns; k++) sums[i]! += input.values[i * input.columns + k]!;
  }
  return sums;
}

/**
 * Integer product with zero points, by gemmlowp's expansion: for A (M x K, zero point za) and B (K x N, zero point zb)
 *
 *   sum_k (a_ik - za)(b_kj - zb) = sum_k a_ik b_kj - za * colsum_j(B) - zb * rowsum_i(A) + K * za * zb
 *
 * so that the inner loop multiplies raw 8-bit values and the corrections cost O(M N). Symmetric weights (zb = 0) leave
 * only the precomputed column sums; symmetric both ways leaves nothing. Accumulators are int32, exact up to
 * K = 2^31 / 255^2 = 33,025 for unsigned times unsigned; OctetError `accumulator-overflow` beyond, `shape-mismatch` when
 * the inner sizes differ.
 *
 * @returns M x N accumulators; the real product is scaleA * scaleB * accumulator.
 */
export function integerMatrixProduct(a: IntegerMatrix, b: IntegerMatrix, sums = columnSums(b)): Int32Array {
  checkProduct(a, b);
  const result = rawProduct(a, b);
  const rows = b.zeroPoint === 0 ? null : rowSums(a);
  const constant = a.columns * a.zeroPoint * b.zeroPoint;
  for (let i = 0; i < a.rows; i++) {
    const rowPart = constant - (rows === null ? 0 : b.zeroPoint * rows[i]!);
    for (let j = 0; j < b.columns; j++) result[i * b.columns + j]! += rowPart - a.zeroPoint * sums[j]!;
  }
  return result;
}

function rawProduct(a: IntegerMatrix, b: IntegerMatrix): Int32Array {
  const result = new Int32Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const left = a.values[i * a.columns + k]!;
      if (left === 0) continue;
      for (let j = 0; j < b.columns; j++) result[i * b.columns + j]! += left * b.values[k * b.columns + j]!;
    }
  }
  return result;
}

function checkProduct(a: IntegerMatrix, b: IntegerMatrix): void {
  if (a.columns !== b.rows) {
    throw new OctetError('shape-mismatch', `Inner sizes differ: ${a.columns} against ${b.rows}. Transpose one side.`);
  }
  if (a.columns > Math.floor(2 ** 31 / (255 * 255))) {
    throw new OctetError(
      'accumulator-overflow',
      `An inner size of ${a.columns} can overflow int32 accumulators. Split the product along its inner dimension.`,
    );
  }
}

/** Real values of an integer product: scaleA * scaleB[j] * accumulator (one scale for each column, or one for all). */
export function scaledProduct(
  accumulators: Int32Array,
  columns: number,
  inputScale: number,
  weightScales: ArrayLike<number>,
): Float64Array {
  const result = new Float64Array(accumulators.length);
  for (let i = 0; i < accumulators.length; i++) {
    const weightScale = weightScales[weightScales.length === 1 ? 0 : i % columns]!;
    result[i] = inputScale * weightScale * accumulators[i]!;
  }
  return result;
}
