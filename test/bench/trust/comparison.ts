import {
  instabilityMatters,
  lookSchedule,
  median,
  orderInterval,
  pairedRatios,
  pairStanding,
  type RoundRecord,
  type StabilityFinding,
} from '@octet/domain';
import type { LoadedEngine, RoundPlan } from '@octet/engines';
import { measureRounds } from '../../../libs/trials/src/measure/measure-rounds.js';
import { roundPlan, type RoundsSoFar } from '../../../libs/trials/src/measure/round-plan.js';

/** How one comparison is measured. */
export interface ComparisonPlan {
  halfWidth: number;
  maxSeconds: number;
  seed: number;
}

/** What came of comparing `a` with `b`; the ratio is T_a / T_b, as a speed-up of b. */
export interface ComparisonResult {
  median: number;
  low: number | null;
  high: number | null;
  findings: StabilityFinding[];
  rounds: number;
  seconds: number;
  ratios: number[];
}

/** Called unstable by the product's rule: something was found that could change a verdict with these boundaries. */
export function isUnstable({ ratios, findings }: ComparisonResult, boundaries: readonly number[] = [1]): boolean {
  return instabilityMatters(ratios, findings, boundaries, 9);
}

/** As a trial runs: product rounds in balanced order, the adaptive stop, judged with threshold 1 and noise floor 0. */
export async function compareAdaptively(
  a: LoadedEngine,
  b: LoadedEngine,
  plan: ComparisonPlan,
): Promise<ComparisonResult> {
  const standing = { minRounds: 9, halfWidth: plan.halfWidth, boundaries: [1] };
  const looks = lookSchedule(9);
  const measure = { threshold: 1, halfWidth: plan.halfWidth, minRounds: 9, maxSeconds: plan.maxSeconds };
  const product = (engines: number, soFar: RoundsSoFar): RoundPlan => roundPlan(measure, engines, soFar);
  const { rounds, seconds } = await roundsOf(a, b, plan, product, (soFar) => {
    if (!looks.includes(soFar.length)) return false;
    return soFar.length === looks.at(-1) || pairStanding(pairedRatios(soFar, 'a', 'b'), standing).settled;
  });
  const ratios = pairedRatios(rounds, 'a', 'b');
  const { interval, stability } = pairStanding(ratios, standing);
  return {
    median: interval.median ?? Number.NaN,
    low: interval.low,
    high: interval.high,
    findings: stability.findings,
    rounds: rounds.length,
    seconds,
    ratios,
  };
}

/** The fixed plan to compare with: 9 rounds of 3 s for each variant, one look at 95 %. */
export async function compareFixed(a: LoadedEngine, b: LoadedEngine, seed: number): Promise<ComparisonResult> {
  const fixed: RoundPlan = { minRuns: 10, minDurationMs: 3_000, maxDurationMs: 3_000 };
  const { rounds, seconds } = await roundsOf(
    a,
    b,
    { halfWidth: 0, maxSeconds: 600, seed },
    () => fixed,
    (soFar) => soFar.length === 9,
  );
  const ratios = pairedRatios(rounds, 'a', 'b');
  const bounds = orderInterval(ratios, 0.05);
  return {
    median: median(ratios),
    low: bounds?.low ?? null,
    high: bounds?.high ?? null,
    findings: [],
    rounds: rounds.length,
    seconds,
    ratios,
  };
}

async function roundsOf(
  a: LoadedEngine,
  b: LoadedEngine,
  plan: ComparisonPlan,
  planFor: (engines: number, soFar: RoundsSoFar) => RoundPlan,
  isEnough: (rounds: readonly RoundRecord[]) => boolean,
): Promise<{ rounds: RoundRecord[]; seconds: number }> {
  const start = performance.now();
  const { rounds } = await measureRounds({
    engines: new Map([
      ['a', a],
      ['b', b],
    ]),
    seed: plan.seed,
    planFor,
    minRounds: 9,
    maxMs: plan.maxSeconds * 1000,
    nowMs: () => performance.now(),
    telemetry: [],
    isEnough: (soFar) => (isEnough(soFar) ? 'decided' : 'go-on'),
    signal: new AbortController().signal,
    onFailure: (label, error) => {
      throw new Error(`engine ${label} failed`, { cause: error });
    },
    onRound: () => undefined,
  });
  return { rounds, seconds: (performance.now() - start) / 1000 };
}
