/** An ordinary least-squares fit y = sum of coefficients[k] * x[k]. */
export interface LinearFit {
  coefficients: number[];
  /** Covariance of the coefficients (residual variance times the inverse of X'X). */
  covariance: number[][];
  /** Standard deviation of the residuals, in the unit of y. */
  residual: number;
  /** Observations minus coefficients. */
  freedom: number;
  /** Share of the variance of y that the fit explains, 0..1; null where y does not vary. */
  explained: number | null;
}

/**
 * Least squares by the normal equations (Cholesky-free Gauss-Jordan; centre and scale the columns first). `rows` holds
 * the regressors of each observation, a constant 1 among them. Null if there are no more observations than coefficients
 * or the columns depend on each other.
 */
export function leastSquares(rows: readonly (readonly number[])[], y: readonly number[]): LinearFit | null {
  const size = rows[0]?.length ?? 0;
  const freedom = rows.length - size;
  if (size === 0 || freedom < 1) return null;
  const inverse = invert(crossProduct(rows, size));
  if (inverse === null) return null;
  const moments = Array.from({ length: size }, (_, k) =>
    dot(
      rows.map((row) => row[k] as number),
      y,
    ),
  );
  const coefficients = inverse.map((row) => dot(row, moments));
  const squares = rows.reduce((sum, row, i) => sum + ((y[i] as number) - dot(row, coefficients)) ** 2, 0);
  const average = y.reduce((sum, value) => sum + value, 0) / y.length;
  const total = y.reduce((sum, value) => sum + (value - average) ** 2, 0);
  const variance = squares / freedom;
  return {
    coefficients,
    covariance: inverse.map((row) => row.map((value) => value * variance)),
    residual: Math.sqrt(variance),
    freedom,
    explained: total === 0 ? null : 1 - squares / total,
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function crossProduct(rows: readonly (readonly number[])[], size: number): number[][] {
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_column, j) =>
      rows.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0),
    ),
  );
}

/** Gauss-Jordan with partial pivoting; null for a singular matrix. */
function invert(matrix: readonly (readonly number[])[]): number[][] | null {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    const pivot = largestBelow(work, column);
    const largest = Math.abs((work[pivot] as number[])[column] as number);
    if (largest < 1e-10 * Math.abs((matrix[column] as readonly number[])[column] as number) || largest === 0)
      return null;
    [work[column], work[pivot]] = [work[pivot] as number[], work[column] as number[]];
    eliminate(work, column);
  }
  return work.map((row) => row.slice(n));
}

function largestBelow(work: readonly number[][], column: number): number {
  let pivot = column;
  for (let row = column + 1; row < work.length; row++) {
    const candidate = Math.abs((work[row] as number[])[column] as number);
    if (candidate > Math.abs((work[pivot] as number[])[column] as number)) pivot = row;
  }
  return pivot;
}

function eliminate(work: number[][], column: number): void {
  const pivotRow = work[column] as number[];
  const pivot = pivotRow[column] as number;
  pivotRow.forEach((value, k) => (pivotRow[k] = value / pivot));
  work.forEach((row, i) => {
    const factor = row[column] as number;
    if (i !== column && factor !== 0) row.forEach((value, k) => (row[k] = value - factor * (pivotRow[k] as number)));
  });
}
