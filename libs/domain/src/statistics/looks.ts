import { fairBinomial } from './binomial.js';

/** Looks for a first look at 9 rounds; other first looks scale it. Each is about 1.5 times the one before. */
const baseSchedule = [9, 15, 25, 40, 60, 90, 135, 200] as const;

/** Fewest rounds from which an interval can hold at all; a smaller `minRounds` is read as this. */
export const fewestRounds = 9;

/**
 * Rounds after which the interval may be looked at, ascending. Looking elsewhere is not allowed (the level is corrected
 * for these looks and one more, made when time runs out).
 */
export function lookSchedule(minRounds: number): number[] {
  const first = Math.max(fewestRounds, Math.ceil(minRounds));
  return baseSchedule.map((rounds) => Math.round((rounds * first) / fewestRounds));
}

/** True if the interval may be judged after so many (counted, not voided) rounds. */
export function isLook(rounds: number, minRounds: number): boolean {
  return lookSchedule(minRounds).includes(rounds);
}

/** The next look after `rounds` rounds; null when none is left: the trial ends there, whatever the interval says. */
export function nextLook(rounds: number, minRounds: number): number | null {
  return lookSchedule(minRounds).find((look) => look > rounds) ?? null;
}

const cache = new Map<string, number>();

/**
 * Two-sided miss probability allowed at each single look, the same at all (as Pocock, Biometrika 64, 1977), so that the
 * intervals of all looks hold the median together with probability `level`: repeated confidence intervals (Jennison &
 * Turnbull, JRSS B 51, 1989). The number of rounds below the true median is a symmetric random walk whatever the
 * distribution is, so the joint probability is computed exactly, and no distribution is assumed.
 */
export function missPerLook(minRounds: number, level = 0.95): number {
  const key = `${lookSchedule(minRounds)[0]}:${level}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const found = solveMiss(lookSchedule(minRounds), level);
  cache.set(key, found);
  return found;
}

function solveMiss(looks: readonly number[], level: number): number {
  let low = (1 - level) / looks.length;
  let high = 1 - level;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (jointCoverage(looks, middle) > level) low = middle;
    else high = middle;
  }
  return low;
}

/** Probability that the intervals of all looks hold the median when each single one misses with probability `miss`. */
export function jointCoverage(looks: readonly number[], miss: number): number {
  let walk = new Float64Array([1]);
  for (let rounds = 1; rounds <= (looks.at(-1) ?? 0); rounds++) {
    walk = step(walk);
    if (looks.includes(rounds)) removeMisses(walk, orderFor(rounds, miss));
  }
  return walk.reduce((sum, probability) => sum + probability, 0);
}

function step(walk: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(walk.length + 1);
  walk.forEach((probability, below) => {
    next[below] = (next[below] as number) + probability / 2;
    next[below + 1] = (next[below + 1] as number) + probability / 2;
  });
  return next;
}

function removeMisses(walk: Float64Array, { order, fraction }: { order: number; fraction: number }): void {
  const rounds = walk.length - 1;
  for (let below = 0; below < order; below++) {
    walk[below] = 0;
    walk[rounds - below] = 0;
  }
  for (const edge of [order, rounds - order]) walk[edge] = (walk[edge] as number) * (1 - fraction);
}

/**
 * Order c of the order statistics x(c) .. x(n-c+1) that miss the median with at most probability `miss`, and the
 * fraction of the way to order c + 1 that reaches `miss` itself. Order 0: too few rounds for any interval.
 */
export function orderFor(rounds: number, miss: number): { order: number; fraction: number } {
  const probabilities = fairBinomial(rounds);
  let tail = 0;
  let order = 0;
  while (order < (rounds - 1) / 2 && tail + (probabilities[order] as number) <= miss / 2) {
    tail += probabilities[order] as number;
    order++;
  }
  const fraction = Math.min(1, (miss / 2 - tail) / (probabilities[order] as number));
  return { order, fraction };
}
