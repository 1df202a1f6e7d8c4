import { seededRandom } from './random.js';

/**
 * Hartigan's dip: the greatest distance between the empirical distribution and the nearest distribution with one mode,
 * in [1 / (2n), 0.25] (Hartigan & Hartigan, Annals of Statistics 13, 1985; the algorithm is Applied Statistics AS 217,
 * with Maechler's corrections). `ascending` is sorted.
 *
 * The interval that must hold the mode is narrowed to where the convex minorant and the concave majorant lie farthest
 * apart, as long as they lie farther apart than the distribution outside the interval already forces them to.
 */
export function dip(ascending: readonly number[]): number {
  const n = ascending.length;
  let widest = 1;
  let low = 0;
  let high = n - 1;
  while (n > 3 && ascending[low] !== ascending[high]) {
    const minorant = convexMinorant(ascending, low, high);
    const majorant = concaveMajorant(ascending, low, high);
    const gap = widestGap(ascending, minorant, majorant);
    if (gap.distance < widest) break;
    widest = Math.max(widest, below(ascending, minorant, gap.low), above(ascending, majorant, gap.high));
    if (gap.low === low && gap.high === high) break;
    low = gap.low;
    high = gap.high;
  }
  return widest / (2 * Math.max(1, n));
}

/** Share of samples of equal size from a uniform distribution (the least favourable one) that dip at least as far. */
export function dipPValue(ascending: readonly number[]): number {
  const n = Math.min(ascending.length, longestReference);
  const reference = referenceFor(n);
  const scaled = dip(ascending) * Math.sqrt(ascending.length / n);
  let count = 0;
  for (const value of reference) if (value >= scaled - 1e-12) count++;
  return (count + 1) / (reference.length + 1);
}

/** Beyond this length sqrt(n) * dip no longer changes its distribution enough to matter. */
const longestReference = 200;
const draws = 2_000;
const references = new Map<number, number[]>();

function referenceFor(n: number): number[] {
  let reference = references.get(n);
  if (reference === undefined) {
    const random = seededRandom(0xd1b + n);
    reference = Array.from({ length: draws }, () => dip(Array.from({ length: n }, random).sort((a, b) => a - b)));
    references.set(n, reference);
  }
  return reference;
}

function convexMinorant(x: readonly number[], low: number, high: number): number[] {
  return hull(low, high, (a, b, c) => (b - a) * (at(x, c) - at(x, b)) >= (c - b) * (at(x, b) - at(x, a)));
}

function concaveMajorant(x: readonly number[], low: number, high: number): number[] {
  return hull(low, high, (a, b, c) => (b - a) * (at(x, c) - at(x, b)) <= (c - b) * (at(x, b) - at(x, a)));
}

/** Indices of the corners, ascending; `drops(a, b, c)` tells that b lies on the wrong side of the line from a to c. */
function hull(low: number, high: number, drops: (a: number, b: number, c: number) => boolean): number[] {
  const corners: number[] = [];
  for (let c = low; c <= high; c++) {
    while (corners.length > 1 && drops(at(corners, corners.length - 2), at(corners, corners.length - 1), c)) {
      corners.pop();
    }
    corners.push(c);
  }
  return corners;
}

interface Gap {
  distance: number;
  low: number;
  high: number;
}

/** Distance in counts; the minorant runs through the lower ends of the steps, hence the 1. */
function widestGap(x: readonly number[], minorant: readonly number[], majorant: readonly number[]): Gap {
  let gap: Gap = { distance: 0, low: at(minorant, 0), high: at(majorant, majorant.length - 1) };
  const consider = (distance: number, low: number, high: number): void => {
    if (distance > gap.distance) gap = { distance, low, high };
  };
  for (const corner of minorant) {
    const [from, to] = segment(majorant, corner);
    consider(height(x, from, to, corner, to) - corner + 1, corner, to);
  }
  for (const corner of majorant) {
    const [from, to] = segment(minorant, corner);
    consider(corner - height(x, from, to, corner, from) + 1, from, corner);
  }
  return gap;
}

/** The two neighbouring corners around an index (the same one twice where it is a corner itself). */
function segment(corners: readonly number[], index: number): [number, number] {
  let low = 0;
  let high = corners.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(corners, middle) <= index) low = middle;
    else high = middle;
  }
  const [from, to] = [at(corners, low), at(corners, high)];
  if (index === from) return [from, from];
  return index === to ? [to, to] : [from, to];
}

function height(x: readonly number[], from: number, to: number, index: number, ifVertical: number): number {
  const width = at(x, to) - at(x, from);
  return width === 0 ? ifVertical : from + ((at(x, index) - at(x, from)) / width) * (to - from);
}

function below(x: readonly number[], minorant: readonly number[], end: number): number {
  return furthest(
    x,
    minorant,
    (_, to) => to <= end,
    (index, line) => index - line + 1,
  );
}

function above(x: readonly number[], majorant: readonly number[], start: number): number {
  return furthest(
    x,
    majorant,
    (from) => from >= start,
    (index, line) => line - index + 1,
  );
}

function furthest(
  x: readonly number[],
  corners: readonly number[],
  counts: (from: number, to: number) => boolean,
  distance: (index: number, line: number) => number,
): number {
  let widest = 1;
  for (let k = 0; k + 1 < corners.length; k++) {
    const [from, to] = [at(corners, k), at(corners, k + 1)];
    if (!counts(from, to) || at(x, from) === at(x, to)) continue;
    for (let i = from; i <= to; i++) widest = Math.max(widest, distance(i, height(x, from, to, i, from)));
  }
  return widest;
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
