import { dip, dipPValue } from './dip.js';
import { orderTests } from './order-tests.js';
import { mad, median, quantileOfSorted, sorted } from './summary.js';

/** Why the rounds of a pair can't be believed (or, for `variation`, what they suffer from). */
export interface StabilityFinding {
  kind: 'trend' | 'dependence' | 'two-modes' | 'variation';
  statistic: number;
  /** null for findings that rest on a limit and not on a test. */
  pValue: number | null;
  message: string;
}

export interface StabilityAssessment {
  /** False if a trend, dependence or two modes were found; `variation` alone leaves the interval valid. */
  stable: boolean;
  /** True if the order of the rounds looks odd (p below 0.3 / pairs) without being proof: measure on, don't decide yet. */
  suspect: boolean;
  findings: StabilityFinding[];
}

/** False alarms allowed: 4.5 % for trend and dependence together and at most 0.5 % for two modes make 5 %. */
const orderAlarm = 0.045;
const modesAlarm = 0.005;
/** A trial does not end while the p-value of the order is below this (shared by its pairs): more rounds clear or prove it. */
const suspicion = 0.3;
/** Fewest ratios whose order says anything, and whose shape does. */
const fewestForOrder = 8;
const fewestForModes = 15;
/** Relative shifts below this are real perhaps, but change no answer: a quarter of the usual half-width, both ways. */
const materialShift = 0.005;
/** Coefficient of variation of round ratios beyond which the machine is called noisy (design: 2.5 %). */
const noisyVariation = 0.025;

/**
 * Looks for what would make the interval of the median speed-up wrong: a trend over the rounds, dependence between them,
 * two modes; and tells a noisy machine. Give the ratios in the order of their rounds. At most 5 % of trials with
 * independent rounds of one mode are called unstable (docs/statistics.md has the simulation). `pairs` is the number of
 * pairs that may each keep the trial going (one for each recipe): they share the suspicion.
 */
export function assessStability(ratios: readonly number[], pairs = 1): StabilityAssessment {
  const order = assessOrder(ratios, suspicion / pairs);
  const unstable = [...order.findings, ...findTwoModes(ratios)];
  return { stable: unstable.length === 0, suspect: order.suspect, findings: [...unstable, ...findVariation(ratios)] };
}

function assessOrder(
  ratios: readonly number[],
  suspectBelow: number,
): { suspect: boolean; findings: StabilityFinding[] } {
  if (ratios.length < fewestForOrder || robustVariation(ratios) < materialShift / 2) {
    return { suspect: false, findings: [] };
  }
  const { trend, memory } = orderTests(ratios);
  const findings: StabilityFinding[] = [];
  if (trend.pValue < orderAlarm) findings.push(trendFinding(trend));
  if (memory.pValue < orderAlarm) findings.push(dependenceFinding(memory));
  return { suspect: Math.min(trend.pValue, memory.pValue) < suspectBelow, findings };
}

function trendFinding(test: ReturnType<typeof orderTests>['trend']): StabilityFinding {
  const message = `The speed-up ${test.direction} over the rounds: no single number describes it. Warm up longer, or let the device settle (clocks, temperature, other load).`;
  return { kind: 'trend', statistic: test.statistic, pValue: test.pValue, message };
}

function dependenceFinding(test: ReturnType<typeof orderTests>['memory']): StabilityFinding {
  const message =
    'Neighbouring rounds resemble each other: they are not independent measurements, and the interval is too narrow. Look for slow load from elsewhere on the machine.';
  return { kind: 'dependence', statistic: test.statistic, pValue: test.pValue, message };
}

function findTwoModes(ratios: readonly number[]): StabilityFinding[] {
  if (ratios.length < fewestForModes) return [];
  const ascending = sorted(ratios);
  const spread = quantileOfSorted(ascending, 0.75) - quantileOfSorted(ascending, 0.25);
  if (spread < materialShift * median(ratios)) return [];
  const pValue = dipPValue(ascending);
  if (pValue >= modesAlarm) return [];
  const message =
    'The speed-up takes two values: some rounds run under another condition (core type, clock state, memory placement). Pin threads or lock the clocks, then measure again.';
  return [{ kind: 'two-modes', statistic: dip(ascending), pValue, message }];
}

function findVariation(ratios: readonly number[]): StabilityFinding[] {
  if (ratios.length < 3) return [];
  const variation = robustVariation(ratios);
  if (variation <= noisyVariation) return [];
  const message = `The speed-up scatters by ${(100 * variation).toFixed(1)} % from round to round: a noisy machine; the interval allows for it, at the price of more rounds.`;
  return [{ kind: 'variation', statistic: variation, pValue: null, message }];
}

/** Coefficient of variation that a few disturbed rounds can't move: 1.4826 MAD / median. */
export function robustVariation(values: readonly number[]): number {
  return (1.4826 * mad(values)) / median(values);
}
