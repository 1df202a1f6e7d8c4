import { seededRandom, type RandomSource } from './random.js';

/** What the order of a series says against "every order is equally likely". Probabilities in [0, 1]. */
export interface OrderTest {
  statistic: number;
  /** Adjusted for having tried both tests (Westfall & Young, "Resampling-Based Multiple Testing", 1993, single-step min-P). */
  pValue: number;
}

export interface OrderTests {
  /** Spearman's sum of ranks times time: a rise or a fall over the whole trial. */
  trend: OrderTest & { direction: 'rises' | 'falls' };
  /** Each rank times the fading memory of the ranks before it: slow wandering and likeness of neighbours. */
  memory: OrderTest;
}

/** How much of the memory is left one round later; 0.5 is between the best for a random walk and for an AR(1) of 0.6. */
const fading = 0.5;
const permutations = 10_000;
const nullSeed = 0x0c7e7;

type Statistics = readonly [trend: number, memory: number];

/**
 * Two rank tests for trend and for dependence between rounds. Both are permutation tests: under exchangeable rounds
 * every order of the ranks is equally likely whatever the distribution is, so 10,000 seeded permutations (kept for each
 * length) give the p-values. The memory statistic is the locally best test against x(t) = a x(t-1) + noise with weights
 * a^k over all lags k, written as one pass. Ties share their mean rank.
 */
export function orderTests(values: readonly number[]): OrderTests {
  const scores = rankScores(values);
  const reference = referenceFor(values.length);
  const slope = trendOf(scores);
  const memory = memoryOf(scores);
  const adjusted = (raw: number): number => shareAtMost(reference.smallest, raw);
  return {
    trend: {
      statistic: slope,
      pValue: adjusted(shareAtLeast(reference.trend, Math.abs(slope))),
      direction: slope < 0 ? 'falls' : 'rises',
    },
    memory: { statistic: memory, pValue: adjusted(shareAtLeast(reference.memory, memory)) },
  };
}

/** Mid-ranks, centred and scaled to (-0.5, 0.5). */
export function rankScores(values: readonly number[]): Float64Array {
  const n = values.length;
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const scores = new Float64Array(n);
  for (let from = 0; from < n;) {
    let to = from;
    while (to + 1 < n && values[order[to + 1] as number] === values[order[from] as number]) to++;
    for (let k = from; k <= to; k++) scores[order[k] as number] = ((from + to) / 2 + 0.5) / n - 0.5;
    from = to + 1;
  }
  return scores;
}

function trendOf(scores: Float64Array): number {
  const middle = (scores.length - 1) / 2;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += (i - middle) * (scores[i] as number);
  return sum;
}

function memoryOf(scores: Float64Array): number {
  let remembered = 0;
  let sum = 0;
  for (const score of scores) {
    sum += score * remembered;
    remembered = fading * (remembered + score);
  }
  return sum;
}

/** Ascending null distributions of |trend|, memory and of the smaller of their two p-values. */
interface Reference {
  trend: Float64Array;
  memory: Float64Array;
  smallest: Float64Array;
}

const references = new Map<number, Reference>();

function referenceFor(length: number): Reference {
  let reference = references.get(length);
  if (reference === undefined) {
    reference = simulateReference(length);
    references.set(length, reference);
  }
  return reference;
}

function simulateReference(length: number): Reference {
  const random = seededRandom(nullSeed + length);
  const scores = rankScores(Array.from({ length }, (_, i) => i));
  const drawn: Statistics[] = [];
  for (let i = 0; i < permutations; i++) {
    shuffleInPlace(scores, random);
    drawn.push([Math.abs(trendOf(scores)), memoryOf(scores)]);
  }
  const trend = Float64Array.from(drawn, ([value]) => value).sort();
  const memory = Float64Array.from(drawn, ([, value]) => value).sort();
  const smallest = Float64Array.from(drawn, ([t, m]) => Math.min(shareAtLeast(trend, t), shareAtLeast(memory, m)));
  return { trend, memory, smallest: smallest.sort() };
}

function shuffleInPlace(values: Float64Array, random: RandomSource): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = values[i] as number;
    values[i] = values[j] as number;
    values[j] = kept;
  }
}

/** Sums of the same ranks in another order differ in the last bits. */
const tolerance = 1e-9;

function shareAtLeast(ascending: Float64Array, value: number): number {
  return 1 - countBelow(ascending, value - tolerance) / ascending.length;
}

function shareAtMost(ascending: Float64Array, value: number): number {
  return Math.max(1, countBelow(ascending, value + tolerance)) / ascending.length;
}

function countBelow(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
