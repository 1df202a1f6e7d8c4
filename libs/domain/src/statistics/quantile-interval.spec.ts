import { describe, expect, it } from 'vitest';
import { quantileInterval } from './quantile-interval.js';
import { seededRandom } from './random.js';

/** Exponential values, each repeated `run` times: neighbours depend on each other. */
function values(count: number, run: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  let value = 0;
  return Float64Array.from({ length: count }, (_, index) =>
    index % run === 0 ? (value = -Math.log(1 - random())) : value,
  );
}

function coverage(run: number, p: number): number {
  const truth = -Math.log(1 - p);
  let held = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const { low, high } = quantileInterval(values(8000, run, seed), p)!;
    if (low <= truth && truth <= high) held++;
  }
  return held / 200;
}

describe('quantileInterval', () => {
  it('holds the true quantile about as often as it says, with dependent values as well', () => {
    expect(coverage(1, 0.5)).toBeGreaterThan(0.9);
    expect(coverage(1, 0.99)).toBeGreaterThan(0.9);
    expect(coverage(20, 0.95)).toBeGreaterThan(0.85);
  });

  it('is wider where values depend on each other', () => {
    const width = (run: number) => {
      const { low, high } = quantileInterval(values(8000, run, 4), 0.95)!;
      return high - low;
    };
    expect(width(40)).toBeGreaterThan(2 * width(1));
  });

  it('is nothing for few values, and one value for equal ones', () => {
    expect(quantileInterval([1, 2, 3], 0.99)).toBeNull();
    expect(quantileInterval(new Float64Array(100).fill(7), 0.99)).toEqual({ low: 7, high: 7 });
  });
});
