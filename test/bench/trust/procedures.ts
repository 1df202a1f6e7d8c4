import {
  allowedInterval,
  assessStability,
  lookSchedule,
  missPerLook,
  orderInterval,
  pairStanding,
  sorted,
  studentQuantile,
} from '@octet/domain';

export interface Bounds {
  low: number;
  high: number;
}

/** What a procedure made of one simulated trial. */
export interface Outcome {
  bounds: Bounds | null;
  /** The interval as it is shown: widened by what was found against the rounds. */
  shown: Bounds | null;
  rounds: number;
  unstable: boolean;
}

/** Plan of the simulated trials: the default of a matrix, 60 rounds when time runs out, no boundary near the truth. */
export interface SimulatedPlan {
  halfWidth: number;
  lastRound: number;
  /** Speed-up that the interval must not hold when the trial stops; null for a stop by width alone. */
  boundary: number | null;
}

export type Procedure = (ratios: readonly number[], plan: SimulatedPlan) => Outcome;

/** Octet's own: interval, stability and stop as the product runs them. */
export const octet: Procedure = (ratios, plan) => {
  const boundaries = plan.boundary === null ? [] : [plan.boundary];
  for (const rounds of looksUpTo(plan.lastRound)) {
    const seen = ratios.slice(0, rounds);
    const standing = pairStanding(seen, { minRounds: 9, halfWidth: plan.halfWidth, boundaries });
    if (!standing.settled && rounds < plan.lastRound) continue;
    const { interval, stability } = standing;
    const bounds = interval.low === null ? null : { low: interval.low, high: interval.high };
    const shown = interval.low === null ? null : allowedInterval(interval, seen, stability.findings);
    return { bounds, shown, rounds, unstable: !stability.stable };
  }
  throw new Error('A plan needs at least one look.');
};

function looksUpTo(lastRound: number): number[] {
  return [...new Set([...lookSchedule(9).filter((look) => look < lastRound), lastRound])];
}

type IntervalAt = (values: readonly number[]) => Bounds | null;
type UnstableAt = (values: readonly number[]) => boolean;

/** A rival: another interval and another test for instability under the same adaptive stop (width, then boundary). */
export function rival(intervalAt: IntervalAt, unstableAt: UnstableAt): Procedure {
  return (ratios, plan) => {
    let bounds: Bounds | null = null;
    let rounds = 0;
    for (rounds of looksUpTo(plan.lastRound)) {
      bounds = intervalAt(ratios.slice(0, rounds));
      if (bounds !== null && narrow(bounds, plan) && decided(bounds, plan)) break;
    }
    return { bounds, shown: bounds, rounds, unstable: unstableAt(ratios.slice(0, rounds)) };
  };
}

function narrow({ low, high }: Bounds, plan: SimulatedPlan): boolean {
  return (high - low) / (high + low) <= plan.halfWidth;
}

function decided({ low, high }: Bounds, plan: SimulatedPlan): boolean {
  return plan.boundary === null || low >= plan.boundary || high < plan.boundary;
}

/** Order statistics at 98.4 % a look, without interpolation: the procedure that Octet's must beat. */
export function plainOrderInterval(values: readonly number[]): Bounds | null {
  return orderIntervalWhole(values, 0.016);
}

function orderIntervalWhole(values: readonly number[], miss: number): Bounds | null {
  const n = values.length;
  let tail = 2 ** -n;
  let probability = tail;
  let order = 0;
  while (tail <= miss / 2) {
    order++;
    probability *= (n - order + 1) / order;
    tail += probability;
  }
  if (order < 1) return null;
  const ascending = sorted(values);
  return { low: ascending[order - 1] as number, high: ascending[n - order] as number };
}

/** Octet's interval alone. */
export function interpolatedOrderInterval(values: readonly number[]): Bounds | null {
  return orderInterval(values, missPerLook(9));
}

/** Student's t at the level of a look. */
export function studentInterval(values: readonly number[]): Bounds | null {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(1 - missPerLook(9) / 2, n - 1) * Math.sqrt(variance / n);
  return { low: mean - half, high: mean + half };
}

/** Hodges-Lehmann: order statistics of the Walsh averages, ranks from the exact distribution of Wilcoxon's statistic. */
export function walshInterval(values: readonly number[]): Bounds | null {
  const n = values.length;
  const order = wilcoxonOrder(n, missPerLook(9));
  if (order < 1) return null;
  const averages: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) averages.push(((values[i] as number) + (values[j] as number)) / 2);
  }
  const ascending = averages.sort((a, b) => a - b);
  return { low: ascending[order - 1] as number, high: ascending[ascending.length - order] as number };
}

const wilcoxonOrders = new Map<number, number>();

function wilcoxonOrder(n: number, miss: number): number {
  const known = wilcoxonOrders.get(n);
  if (known !== undefined) return known;
  let counts = new Float64Array([1]);
  for (let rank = 1; rank <= n; rank++) {
    const next = new Float64Array(counts.length + rank);
    counts.forEach((share, sum) => {
      next[sum] = (next[sum] as number) + share / 2;
      next[sum + rank] = (next[sum + rank] as number) + share / 2;
    });
    counts = next;
  }
  let order = 0;
  for (let tail = counts[0] as number; tail <= miss / 2; tail += counts[order] as number) order++;
  wilcoxonOrders.set(n, order);
  return order;
}

/** Mann-Kendall and von Neumann tests at 2.5 % each: the tests that Octet's must beat. */
export function knownTests(values: readonly number[]): boolean {
  return normalTail(Math.abs(mannKendall(values))) < 0.0125 || normalTail(Math.abs(vonNeumann(values))) < 0.0125;
}

export function octetTests(values: readonly number[]): boolean {
  return !assessStability(values).stable;
}

function mannKendall(values: readonly number[]): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) sum += Math.sign((values[j] as number) - (values[i] as number));
  }
  return (sum - Math.sign(sum)) / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}

function vonNeumann(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let squares = 0;
  let differences = 0;
  values.forEach((value, i) => {
    squares += (value - mean) ** 2;
    if (i > 0) differences += (value - (values[i - 1] as number)) ** 2;
  });
  return (2 - differences / squares) / (2 * Math.sqrt((n - 2) / (n * n - 1)));
}

function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}
