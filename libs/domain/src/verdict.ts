import type { Verdict } from './result-row.js';

/** An interval of the speed-up T_float / T_int8 against one float variant. */
export interface VariantSpeedup {
  variant: string;
  median: number;
  low: number;
  high: number;
}

/** Everything the verdict on one recipe of a trial rests on. */
export interface VerdictInput {
  /** The device, runtime or model can't run it. */
  unsupported: boolean;
  /** Waiting, cancelled, failed, or no dataset where one is needed. */
  notMeasured: boolean;
  /** A trend, dependence, two modes or throttling was found in the rounds. */
  unstable: boolean;
  /** The rounds ended because time did, not because the verdict was decided. */
  timeRanOut: boolean;
  /** `unknown`: a budget was given but accuracy could not be computed. */
  accuracy: 'passes' | 'fails' | 'unknown' | 'not-asked';
  /** Against every accurate float variant; the one that INT8 gains least on decides. */
  speedups: readonly VariantSpeedup[];
  /** Threshold t of the plan, 1.05 = 5 % faster. */
  threshold: number;
  /** Noise floor f of the device class, relative: 0.01 = 1 %. */
  noiseFloor: number;
  /** false: the INT8 engine ran no INT8 layer; null: no profile tells. */
  int8Used: boolean | null;
  /** Whether the device's expected fastest float was measured. */
  bestFloatMeasured: boolean;
}

/** Relative half-width above which a trial that ran out of time with an open answer is `unstable` (else `undecided`). */
export const widestBelievable = 0.05;

/** The verdict table of design section 1; the first row that matches wins. */
const rows: readonly { verdict: Verdict; when: (input: VerdictInput) => boolean }[] = [
  { verdict: 'unsupported', when: (input) => input.unsupported },
  { verdict: 'not-measured', when: (input) => input.notMeasured || input.accuracy === 'unknown' },
  { verdict: 'unstable', when: isUnstable },
  { verdict: 'accuracy-fails', when: (input) => input.accuracy === 'fails' },
  { verdict: 'slower', when: (input) => lowestHigh(input) < 1 - input.noiseFloor },
  { verdict: 'worth-it', when: (input) => mayBeWorthIt(input) && lowestLow(input) >= bar(input) },
  { verdict: 'not-worth-it', when: (input) => lowestHigh(input) < bar(input) || input.int8Used === false },
];

export function verdictOf(input: VerdictInput): Verdict {
  return rows.find((row) => row.when(input))?.verdict ?? 'undecided';
}

/** What the lower end must reach: the threshold, but never less than the noise floor. */
function bar({ threshold, noiseFloor }: VerdictInput): number {
  return Math.max(threshold, 1 + noiseFloor);
}

/** INT8 must beat EVERY accurate float variant: the least lower end decides. -Infinity where nothing was compared. */
function lowestLow({ speedups }: VerdictInput): number {
  return speedups.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...speedups.map((speedup) => speedup.low));
}

/** One float variant that beats INT8 decides against it: the least upper end. Infinity where nothing was compared. */
function lowestHigh({ speedups }: VerdictInput): number {
  return Math.min(...speedups.map((speedup) => speedup.high));
}

function mayBeWorthIt({ int8Used, bestFloatMeasured }: VerdictInput): boolean {
  return int8Used !== false && bestFloatMeasured;
}

/**
 * A wide interval leaves the answer open only where it straddles the threshold: one that lies on one side of it is an answer,
 * however wide (the interval's level does not depend on its width).
 */
function isUnstable(input: VerdictInput): boolean {
  if (input.unstable) return true;
  const deciding = decidingSpeedup(input.speedups);
  if (!input.timeRanOut || deciding === null) return false;
  const straddles = lowestLow(input) < bar(input) && lowestHigh(input) >= bar(input);
  return straddles && (deciding.high - deciding.low) / 2 / deciding.median > widestBelievable;
}

/** The speed-up against the fastest float variant: the least median. null where nothing was compared. */
export function decidingSpeedup(speedups: readonly VariantSpeedup[]): VariantSpeedup | null {
  return speedups.reduce<VariantSpeedup | null>(
    (least, speedup) => (least === null || speedup.median < least.median ? speedup : least),
    null,
  );
}
