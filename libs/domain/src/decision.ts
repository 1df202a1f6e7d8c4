import { assessStability, isLook, nextLook, pairedRatios, speedupInterval } from './statistics/index.js';
import type { MeasurePlan, RoundRecord } from './trial.js';
import { decidingSpeedup, type VariantSpeedup } from './verdict.js';

export interface DecisionInput {
  rounds: readonly RoundRecord[];
  /** Labels of the measured float engines and of the INT8 engines. */
  floats: readonly string[];
  recipes: readonly string[];
  plan: MeasurePlan;
  noiseFloor: number;
}

export interface RecipeDecision {
  label: string;
  /** Against the fastest float so far; null while there are too few rounds for an interval. */
  interval: { median: number; low: number; high: number } | null;
  /** The float variant it is against. */
  against: string | null;
  /** The interval does not straddle the threshold. */
  settled: boolean;
  /** Relative half-width is at most the plan's. */
  narrow: boolean;
}

export interface Decision {
  /** A look is due, every recipe is settled and narrow enough, and no order of rounds looks odd: it may end as `decided`. */
  decided: boolean;
  /** No look is left: the trial ends whatever the intervals say. */
  exhausted: boolean;
  /** Rounds that count (not voided). */
  counted: number;
  perRecipe: RecipeDecision[];
}

/**
 * The adaptive stop, asked after each round: ends only at a scheduled look (else the interval's level would not hold), when
 * every recipe's verdict is settled, its half-width is at most `plan.halfWidth` and the order of its rounds raises no
 * suspicion of drift or dependence (docs/statistics.md). Without a pair to compare, `minRounds` rounds are enough.
 */
export function decide(input: DecisionInput): Decision {
  const counted = input.rounds.filter((round) => round.voided === null).length;
  const perRecipe = input.recipes.map((label) => recipeDecision(input, label));
  const exhausted = nextLook(counted, input.plan.minRounds) === null;
  if (input.floats.length === 0 || input.recipes.length === 0) {
    return { decided: counted >= input.plan.minRounds, exhausted, counted, perRecipe };
  }
  const reached = isLook(counted, input.plan.minRounds) && perRecipe.every((recipe) => recipe.settled && recipe.narrow);
  return { decided: reached && !perRecipe.some((recipe) => isSuspect(input, recipe)), exhausted, counted, perRecipe };
}

function isSuspect({ rounds, recipes }: DecisionInput, { label, against }: RecipeDecision): boolean {
  return against !== null && assessStability(pairedRatios(rounds, against, label), recipes.length).suspect;
}

function recipeDecision(input: DecisionInput, label: string): RecipeDecision {
  const speedups = speedupsOf(input.rounds, input.floats, label, input.plan.minRounds);
  const deciding = decidingSpeedup(speedups);
  if (deciding === null) return { label, interval: null, against: null, settled: false, narrow: false };
  const { median, low, high, variant } = deciding;
  return {
    label,
    interval: { median, low, high },
    against: variant,
    settled: isSettled(speedups, input.plan.threshold, input.noiseFloor),
    narrow: (high - low) / 2 / median <= input.plan.halfWidth,
  };
}

/** Intervals of one INT8 engine against each float engine; pairs with too few common rounds are left out. */
export function speedupsOf(
  rounds: readonly RoundRecord[],
  floats: readonly string[],
  int8Label: string,
  minRounds: number,
): VariantSpeedup[] {
  return floats.flatMap((variant) => {
    const interval = speedupInterval(pairedRatios(rounds, variant, int8Label), { minRounds });
    if (interval.low === null) return [];
    return [{ variant, median: interval.median, low: interval.low, high: interval.high }];
  });
}

/** The interval lies on one side of the threshold: by the verdict table nothing but `undecided` straddles it. */
function isSettled(speedups: readonly VariantSpeedup[], threshold: number, noiseFloor: number): boolean {
  const low = Math.min(...speedups.map((speedup) => speedup.low));
  const high = Math.min(...speedups.map((speedup) => speedup.high));
  const bar = Math.max(threshold, 1 + noiseFloor);
  return high < bar || low >= bar;
}
