import type { RoundRecord } from '../trial.js';
import { dipPValue } from './dip.js';
import { rankScores } from './order-tests.js';
import { median, quantileOfSorted, sorted } from './summary.js';

/** What the raw samples of one variant look like inside its rounds. */
export interface SampleBehaviour {
  label: string;
  rounds: number;
  /** Median over the rounds of the rank correlation of neighbouring samples, -1..1; null for too few samples. */
  autocorrelation: number | null;
  /** Share of a round's samples that count as independent: (1 - r) / (1 + r) for an AR(1); 1 for r <= 0. */
  effectiveShare: number | null;
  /** Share of the rounds whose samples have two modes at least 2 % apart. */
  twoModeShare: number | null;
  findings: SampleFinding[];
}

/** Named, never a reason for `unstable` by itself: the round's median goes into the ratio, and the ratios are tested. */
export interface SampleFinding {
  kind: 'samples-dependent' | 'samples-two-modes';
  statistic: number;
  message: string;
}

const fewestSamples = 10;
const dependentFrom = 0.3;
const twoModesFrom = 0.25;
const modesApart = 0.02;

/** Autocorrelation and bimodality inside the rounds of one variant, over its counted rounds. */
export function sampleBehaviour(rounds: readonly RoundRecord[], label: string): SampleBehaviour {
  const series = rounds
    .filter((round) => round.voided === null)
    .map((round) => round.samples[label] ?? [])
    .filter((samples) => samples.length >= fewestSamples);
  if (series.length === 0) {
    return { label, rounds: 0, autocorrelation: null, effectiveShare: null, twoModeShare: null, findings: [] };
  }
  const autocorrelation = median(series.map(rankAutocorrelation));
  const twoModeShare = series.filter(hasTwoModes).length / series.length;
  const effectiveShare = autocorrelation <= 0 ? 1 : (1 - autocorrelation) / (1 + autocorrelation);
  const findings = [...dependent(autocorrelation), ...bimodal(twoModeShare)];
  return { label, rounds: series.length, autocorrelation, effectiveShare, twoModeShare, findings };
}

/** Correlation of the ranks of neighbouring samples (Wald & Wolfowitz, Annals of Mathematical Statistics 14, 1943). */
export function rankAutocorrelation(samples: readonly number[]): number {
  const scores = rankScores(samples);
  let squares = 0;
  let products = 0;
  scores.forEach((score, i) => {
    squares += score * score;
    if (i > 0) products += score * (scores[i - 1] as number);
  });
  return squares === 0 ? 0 : products / squares;
}

function hasTwoModes(samples: readonly number[]): boolean {
  const ascending = sorted(samples);
  const apart = quantileOfSorted(ascending, 0.75) - quantileOfSorted(ascending, 0.25);
  return apart >= modesApart * median(ascending) && dipPValue(ascending) < 0.005;
}

function dependent(autocorrelation: number): SampleFinding[] {
  if (autocorrelation < dependentFrom) return [];
  const message =
    'Neighbouring runs inside a round resemble each other (clock steps, other load): a longer round adds less than its samples suggest; the rounds are what the interval counts.';
  return [{ kind: 'samples-dependent', statistic: autocorrelation, message }];
}

function bimodal(share: number): SampleFinding[] {
  if (share < twoModesFrom) return [];
  const message =
    'Runs inside a round fall into two groups at least 2 % apart (core type, clock state, memory placement): the median may jump between them. Pin threads or lock the clocks.';
  return [{ kind: 'samples-two-modes', statistic: share, message }];
}
