import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { columnSums, integerMatrixProduct, rowSums, scaledProduct, type IntegerMatrix } from './integer-product.js';

function matrix(rows: number, columns: number, signed: boolean): fc.Arbitrary<IntegerMatrix> {
  const range = signed ? { min: -128, max: 127 } : { min: 0, max: 255 };
  const count = rows * columns;
  return fc
    .tuple(fc.array(fc.integer(range), { minLength: count, maxLength: count }), fc.integer(range))
    .map(([values, zeroPoint]) => ({
      rows,
      columns,
      zeroPoint,
      values: signed ? Int8Array.from(values) : Uint8Array.from(values),
    }));
}

const pair = fc
  .tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 6 }),
    fc.boolean(),
    fc.boolean(),
  )
  .chain(([m, k, n, a, b]) => fc.tuple(matrix(m, k, a), matrix(k, n, b)));

/** The definition, in bigint. */
function exact(a: IntegerMatrix, b: IntegerMatrix, i: number, j: number): bigint {
  let sum = 0n;
  for (let k = 0; k < a.columns; k++) {
    sum += BigInt(a.values[i * a.columns + k]! - a.zeroPoint) * BigInt(b.values[k * b.columns + j]! - b.zeroPoint);
  }
  return sum;
}

describe('integerMatrixProduct', () => {
  it('equals the exact integer sum for any zero points', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const product = integerMatrixProduct(a, b);
        for (let i = 0; i < a.rows; i++) {
          for (let j = 0; j < b.columns; j++) expect(BigInt(product[i * b.columns + j]!)).toBe(exact(a, b, i, j));
        }
      }),
    );
  });

  it('scaled, agrees with the float64 product of the dequantised matrices to 1e-12', () => {
    fc.assert(
      fc.property(
        pair,
        fc.double({ min: 1e-6, max: 10, noNaN: true }),
        fc.double({ min: 1e-6, max: 10, noNaN: true }),
        ([a, b], sa, sb) => {
          const real = scaledProduct(integerMatrixProduct(a, b), b.columns, sa, [sb]);
          for (let i = 0; i < a.rows; i++) {
            for (let j = 0; j < b.columns; j++) {
              let sum = 0;
              let size = 0;
              for (let k = 0; k < a.columns; k++) {
                const term =
                  sa *
                  (a.values[i * a.columns + k]! - a.zeroPoint) *
                  (sb * (b.values[k * b.columns + j]! - b.zeroPoint));
                sum += term;
                size += Math.abs(term);
              }
              expect(Math.abs(real[i * b.columns + j]! - sum)).toBeLessThanOrEqual(1e-12 * size);
            }
          }
        },
      ),
    );
  });

  it('takes column sums that were computed before', () => {
    const a = { rows: 1, columns: 2, zeroPoint: 3, values: Uint8Array.of(5, 4) };
    const b = { rows: 2, columns: 2, zeroPoint: 0, values: Int8Array.of(1, 2, 3, -4) };
    expect([...columnSums(b)]).toEqual([4, -2]);
    expect([...rowSums(a)]).toEqual([9]);
    expect([...integerMatrixProduct(a, b, columnSums(b))]).toEqual([5, 0]);
  });

  it('applies a scale for each column', () => {
    expect([...scaledProduct(Int32Array.of(1, 2, 3, 4), 2, 0.5, [2, 4])]).toEqual([1, 4, 3, 8]);
  });

  it('refuses unlike inner sizes and sums that may pass int32', () => {
    const wide = { rows: 1, columns: 40_000, zeroPoint: 0, values: new Uint8Array(40_000) };
    expect(() =>
      integerMatrixProduct(wide, { rows: 40_000, columns: 1, zeroPoint: 0, values: new Int8Array(40_000) }),
    ).toThrow(/int32/);
    expect(() => integerMatrixProduct(wide, { rows: 2, columns: 1, zeroPoint: 0, values: new Int8Array(2) })).toThrow(
      /Inner sizes/,
    );
  });
});
