const quantiles = new Map<string, number>();

/** Upper quantile of Student's t for probability `p` above 0.5 and whole degrees of freedom (bisection, absolute error below 1e-6). */
export function studentQuantile(p: number, freedom: number): number {
  const key = `${p}:${freedom}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  let low = 0;
  let high = 1;
  while (upperTail(high, freedom) > 1 - p) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle, freedom) > 1 - p) low = middle;
    else high = middle;
  }
  quantiles.set(key, low);
  return low;
}

/** P(T > t): with t = sqrt(freedom) tan(angle) the density of the angle is proportional to cos^(freedom - 1). */
function upperTail(t: number, freedom: number): number {
  const density = (angle: number): number => Math.cos(angle) ** (freedom - 1);
  const half = simpson(density, 0, Math.PI / 2);
  return simpson(density, Math.atan(t / Math.sqrt(freedom)), Math.PI / 2) / (2 * half);
}

function simpson(f: (x: number) => number, from: number, to: number): number {
  const steps = 1_000;
  const width = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let i = 1; i < steps; i++) sum += f(from + i * width) * (i % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}
