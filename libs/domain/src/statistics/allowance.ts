import { rankAutocorrelation } from './round-samples.js';
import { relativeHalfWidth, speedupInterval } from './speedup-interval.js';
import type { StabilityFinding } from './stability.js';
import { median, quantileOfSorted, sorted } from './summary.js';

/**
 * How far the speed-up may lie beyond its interval because of what was found, relative to the median (0.02 = 2 % on each
 * side): half the drift for a trend; for dependence the widening by the effective number of rounds, or how far the rounds
 * wandered if that is more; half the distance of the modes for two modes. The largest of them. 0 without findings, or with `variation` alone.
 */
export function stabilityAllowance(ratios: readonly number[], findings: readonly StabilityFinding[]): number {
  return Math.max(0, ...findings.map(({ kind }) => allowances[kind](ratios)));
}

const allowances: Record<StabilityFinding['kind'], (ratios: readonly number[]) => number> = {
  trend: (ratios) => (Math.abs(medianSlope(ratios)) * (ratios.length - 1)) / 2 / median(ratios),
  dependence: (ratios) => Math.max(dependenceAllowance(ratios), wandering(ratios)),
  'two-modes': (ratios) => modeDistance(ratios) / 2 / median(ratios),
  variation: () => 0,
};

/**
 * Whether what was found could change the verdict: the interval, widened by the allowance, holds one of the speed-ups that
 * the verdict compares with. If not, the verdict is believed although the finding stands.
 */
export function instabilityMatters(
  ratios: readonly number[],
  findings: readonly StabilityFinding[],
  boundaries: readonly number[],
  minRounds: number,
): boolean {
  if (findings.every(({ kind }) => kind === 'variation')) return false;
  const interval = speedupInterval(ratios, { minRounds });
  if (interval.low === null) return true;
  const { low, high } = allowedInterval(interval, ratios, findings);
  return boundaries.some((boundary) => low < boundary && boundary <= high);
}

/**
 * An interval widened on both sides by what was found, so that it stays honest where the rounds were not independent; by a factor,
 * since a ratio of times is never 0 or less.
 */
export function allowedInterval(
  { median: middle, low, high }: { median: number; low: number; high: number },
  ratios: readonly number[],
  findings: readonly StabilityFinding[],
): { median: number; low: number; high: number } {
  const factor = 1 + stabilityAllowance(ratios, findings);
  return { median: middle, low: low / factor, high: high * factor };
}

/** Median of the slopes between all pairs of rounds (Theil 1950; Sen, JASA 63, 1968), per round. */
export function medianSlope(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      slopes.push(((values[j] as number) - (values[i] as number)) / (j - i));
    }
  }
  return slopes.length === 0 ? 0 : median(slopes);
}

/** Beyond this the autocorrelation can't be told from a random walk in so few rounds. */
const strongest = 0.9;

/**
 * The half-width grows by sqrt((1 + r) / (1 - r)), r the autocorrelation of an AR(1): the variance of a mean of dependent
 * values (Bayley & Hammersley, Supplement to JRSS 8, 1946). r is taken from the ranks and corrected for its bias of 1 / n.
 */
function dependenceAllowance(ratios: readonly number[]): number {
  const halfWidth = relativeHalfWidth(speedupInterval(ratios));
  if (halfWidth === null) return 0;
  const r = Math.min(strongest, Math.max(0, rankAutocorrelation(ratios) + 1 / ratios.length));
  return halfWidth * (Math.sqrt((1 + r) / (1 - r)) - 1);
}

/** The trial is cut into so many parts to see how far the speed-up wandered. */
const parts = 5;

/** How far the median of a part of the trial lies from the median of all rounds, at most; relative. */
function wandering(ratios: readonly number[]): number {
  const middle = median(ratios);
  const length = Math.ceil(ratios.length / parts);
  const medians: number[] = [];
  for (let from = 0; from < ratios.length; from += length) medians.push(median(ratios.slice(from, from + length)));
  return Math.max(...medians.map((each) => Math.abs(each - middle))) / middle;
}

/** Distance between the medians of the two halves into which the widest gap of the middle 80 % splits the values. */
function modeDistance(ratios: readonly number[]): number {
  const ascending = sorted(ratios);
  const from = Math.floor(0.1 * ascending.length);
  const to = Math.ceil(0.9 * ascending.length) - 1;
  let split = from + 1;
  for (let i = from + 1; i <= to; i++) if (gapBefore(ascending, i) > gapBefore(ascending, split)) split = i;
  return quantileOfSorted(ascending.slice(split), 0.5) - quantileOfSorted(ascending.slice(0, split), 0.5);
}

function gapBefore(ascending: readonly number[], index: number): number {
  return (ascending[index] as number) - (ascending[index - 1] as number);
}
