/** Levels over both signs; 128 for each side, as in NVIDIA's description. */
export const entropyLevels = 256;

/** What a zero bin is smoothed to. */
export const epsilon = 1e-4;

/** Sums over the first k bins, so that any stretch of bins costs one subtraction. */
interface RunningSums {
  count: Float64Array;
  filled: Float64Array;
  /** Sum of h ln h. */
  entropy: Float64Array;
  /** Sums of ln h, 1/h and 1/h^2 over filled bins. */
  log: Float64Array;
  inverse: Float64Array;
  inverseSquare: Float64Array;
  /** Indices of the filled bins. */
  filledBins: number[];
}

function runningSums(counts: Float64Array): RunningSums {
  const of = (term: (count: number) => number): Float64Array => {
    const result = new Float64Array(counts.length + 1);
    for (let k = 0; k < counts.length; k++) result[k + 1] = result[k]! + (counts[k] === 0 ? 0 : term(counts[k]!));
    return result;
  };
  return {
    count: of((h) => h),
    filled: of(() => 1),
    entropy: of((h) => h * Math.log(h)),
    log: of(Math.log),
    inverse: of((h) => 1 / h),
    inverseSquare: of((h) => 1 / (h * h)),
    filledBins: Array.from(counts.keys()).filter((bin) => counts[bin] !== 0),
  };
}

const xlogx = (x: number): number => (x > 0 ? x * Math.log(x) : 0);

/** The largest amount per bin for which the series below is exact to about 1e-9 of its value. */
const seriesLimit = 0.01;

/**
 * The same divergence as `entropyDivergence`, in a time that grows with the levels instead of the bins. With all counts
 * whole and smoothing preserving sums, KL = (sum P ln P - sum P ln Q)/N + ln(sum Q / N). Q is constant within a level, so
 * sum P ln Q needs running sums only; P = h - t for a small t, so sum P ln P follows from the Taylor series of x ln x,
 * term by term from running sums. Bins at the edges, which take the outliers, are added one by one.
 */
function fastDivergence(counts: Float64Array, sums: RunningSums, half: number, levels: number, work: Levels): number {
  const start = counts.length / 2 - half;
  const end = Math.min(counts.length / 2 + half + 1, counts.length);
  const size = end - start;
  const total = sums.count[counts.length]!;
  const first = sums.count[start + 1]!;
  const last = total - sums.count[end - 1]!;
  const inner = sums.filled[end - 1]! - sums.filled[start + 1]!;
  const filled = inner + (first > 0 ? 1 : 0) + (last > 0 ? 1 : 0);
  const taken = (epsilon * (size - filled)) / filled;
  if (filled === 0) return Infinity;
  const edges = (first > 0 ? xlogx(first - taken) : 0) + (last > 0 ? xlogx(last - taken) : 0);
  const selfEntropy = innerEntropy(sums, start, end, taken) + edges + (size - filled) * xlogx(epsilon);
  const cross = crossTerm({ sums, start, end, size, first, last, taken, levels }, work);
  return cross === null ? Infinity : (selfEntropy - cross.entropy) / total + Math.log(cross.total / total);
}

/** Sum of P ln P over the bins between the edges. */
function innerEntropy(sums: RunningSums, start: number, end: number, taken: number): number {
  const between = (of: Float64Array): number => of[end - 1]! - of[start + 1]!;
  if (taken > seriesLimit) return exactInnerEntropy(sums, start, end, taken);
  return (
    between(sums.entropy) -
    taken * (between(sums.log) + between(sums.filled)) +
    (taken ** 2 / 2) * between(sums.inverse) +
    (taken ** 3 / 6) * between(sums.inverseSquare)
  );
}

/** Much is taken from each bin only when few are filled, and then they are quickly visited. */
function exactInnerEntropy(sums: RunningSums, start: number, end: number, taken: number): number {
  let entropy = 0;
  for (const bin of sums.filledBins) {
    if (bin > start && bin < end - 1) entropy += xlogx(sums.count[bin + 1]! - sums.count[bin]! - taken);
  }
  return entropy;
}

interface Cut {
  sums: RunningSums;
  start: number;
  end: number;
  size: number;
  /** Counts of the two edge bins with their outliers. */
  first: number;
  last: number;
  taken: number;
  levels: number;
}

/** Work space of one search, so that 2,000 candidates do not allocate 4,000 arrays. */
interface Levels {
  /** Height of each level's bins in Q, 0 for an empty level. */
  heights: Float64Array;
  /** Sum of the smoothed P over each level. */
  masses: Float64Array;
}

/** sum P ln Q and sum Q of one cut; null when Q has no filled bin. */
function crossTerm(cut: Cut, work: Levels): { entropy: number; total: number } | null {
  const { size, levels } = cut;
  const merged = Math.floor(size / levels);
  fillLevels(cut, merged, work);
  const rest = cut.end - (size - merged * levels);
  let emptyBins = cut.end - rest;
  let emptyMass = emptyBins === 0 ? 0 : smoothedMass(cut, rest, cut.end);
  let total = 0;
  for (let level = 0; level < levels; level++) {
    total += work.heights[level]! * merged;
    if (work.heights[level]! > 0) continue;
    emptyBins += merged;
    emptyMass += work.masses[level]!;
  }
  if (total === 0) return null;
  const taken = (epsilon * emptyBins) / (size - emptyBins);
  let entropy = emptyMass * Math.log(epsilon);
  for (let level = 0; level < levels; level++) {
    if (work.heights[level]! > 0) entropy += work.masses[level]! * Math.log(work.heights[level]! - taken);
  }
  return { entropy, total };
}

/** The inner levels see no outliers: two running sums give all. The first and the last are done with care. */
function fillLevels(cut: Cut, merged: number, work: Levels): void {
  const { start, end, levels, taken } = cut;
  const { count, filled } = cut.sums;
  for (let level = 1; level < levels - 1; level++) {
    const from = start + level * merged;
    const mass = count[from + merged]! - count[from]!;
    const bins = filled[from + merged]! - filled[from]!;
    work.heights[level] = bins === 0 ? 0 : Math.trunc(mass / bins);
    work.masses[level] = mass - taken * bins + epsilon * (merged - bins);
  }
  for (const level of [0, levels - 1]) {
    const from = start + level * merged;
    const bins = filledBins(cut, from, from + merged);
    const mass = count[level === levels - 1 ? end : from + merged]! - count[from]!;
    work.heights[level] = bins === 0 ? 0 : Math.trunc(mass / bins);
    work.masses[level] = smoothedMass(cut, from, from + merged);
  }
}

/** Bins of the reference distribution that hold something, the outliers at the edges included. */
function filledBins(cut: Cut, from: number, to: number): number {
  let filled = cut.sums.filled[to]! - cut.sums.filled[from]!;
  if (from <= cut.start && to > cut.start && binIsEmpty(cut, cut.start) && cut.first > 0) filled++;
  if (from <= cut.end - 1 && to > cut.end - 1 && binIsEmpty(cut, cut.end - 1) && cut.last > 0) filled++;
  return filled;
}

function binIsEmpty(cut: Cut, bin: number): boolean {
  return cut.sums.filled[bin + 1] === cut.sums.filled[bin];
}

/** Sum of the smoothed reference distribution over some bins. */
function smoothedMass(cut: Cut, from: number, to: number): number {
  const { sums, start, end } = cut;
  let mass = sums.count[to]! - sums.count[from]!;
  if (from <= start && to > start) mass += cut.first - (sums.count[start + 1]! - sums.count[start]!);
  if (from <= end - 1 && to > end - 1) mass += cut.last - (sums.count[end]! - sums.count[end - 1]!);
  const filled = filledBins(cut, from, to);
  return mass - cut.taken * filled + epsilon * (to - from - filled);
}

/** The best candidate: bins kept on each side, and its divergence. */
export interface EntropyChoice {
  half: number;
  divergence: number;
}

/** Searches every candidate from levels/2 bins to all; the first of equals wins. Needs more bins than levels. */
export function searchEntropy(counts: Float64Array, levels = entropyLevels): EntropyChoice {
  const sums = runningSums(counts);
  const work = { heights: new Float64Array(levels), masses: new Float64Array(levels) };
  let best: EntropyChoice = { half: counts.length / 2, divergence: Infinity };
  for (let half = levels / 2; half <= counts.length / 2; half++) {
    const divergence = fastDivergence(counts, sums, half, levels, work);
    if (divergence < best.divergence) best = { half, divergence };
  }
  return best;
}
