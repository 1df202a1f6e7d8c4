import {
  interpolatedOrderInterval,
  knownTests,
  octet,
  octetTests,
  plainOrderInterval,
  rival,
  studentInterval,
  walshInterval,
  type Bounds,
  type Outcome,
  type Procedure,
  type SimulatedPlan,
} from './procedures.js';
import { drawSeries, stationarySeries, unstableSeries, type SeriesKind } from './series.js';

/** The procedures compared, by name; `octet` is what the product runs. */
export const procedures: Record<string, Procedure> = {
  octet,
  'order statistics, 98.4 % a look': rival(plainOrderInterval, knownTests),
  "Student's t": rival(studentInterval, knownTests),
  'Walsh averages': rival(walshInterval, knownTests),
  'octet without its stop rule': rival(interpolatedOrderInterval, octetTests),
};

/** The procedure that issue 6 names as known, and that ours must beat on unstable series. */
export const known = 'order statistics, 98.4 % a look';

export interface StationaryFigures {
  procedure: string;
  series: string;
  runs: number;
  /** Share of runs whose interval holds the truth. */
  coverage: number;
  /** Median full width of the interval, relative to the truth. */
  width: number;
  /** Median and mean rounds to the stop. */
  rounds: number;
  meanRounds: number;
  calledUnstable: number;
}

/** Stationary series: coverage, width and false alarms of each procedure. */
export function simulateStationary(
  runs: number,
  seed: number,
  noise: number,
  plan: SimulatedPlan,
  chosen: Record<string, Procedure> = procedures,
): StationaryFigures[] {
  return stationarySeries(noise).flatMap((kind) => {
    const outcomes = outcomesOf(kind, runs, seed, plan, chosen);
    return Object.keys(chosen).map((name) => summarise(name, kind, outcomes[name] ?? []));
  });
}

function outcomesOf(
  kind: SeriesKind,
  runs: number,
  seed: number,
  plan: SimulatedPlan,
  chosen: Record<string, Procedure>,
): Record<string, Outcome[]> {
  const outcomes: Record<string, Outcome[]> = {};
  for (let run = 0; run < runs; run++) {
    const series = drawSeries(kind, seed, run, plan.lastRound);
    for (const [name, procedure] of Object.entries(chosen)) (outcomes[name] ??= []).push(procedure(series, plan));
  }
  return outcomes;
}

function summarise(procedure: string, kind: SeriesKind, outcomes: readonly Outcome[]): StationaryFigures {
  const rounds = outcomes.map((outcome) => outcome.rounds);
  const widths = outcomes.flatMap(({ bounds }) => (bounds === null ? [] : [(bounds.high - bounds.low) / kind.truth]));
  return {
    procedure,
    series: kind.name,
    runs: outcomes.length,
    coverage: 1 - share(outcomes, (outcome) => misses(outcome.bounds, kind.truth)),
    width: middle(widths),
    rounds: middle(rounds),
    meanRounds: rounds.reduce((sum, value) => sum + value, 0) / rounds.length,
    calledUnstable: share(outcomes, (outcome) => outcome.unstable),
  };
}

/** Median width of each interval at a fixed number of rounds (no stop rule), relative to the truth. */
export function widthsAtFixedRounds(runs: number, seed: number, noise: number, rounds: number) {
  const intervals = {
    octet: interpolatedOrderInterval,
    [known]: plainOrderInterval,
    "Student's t": studentInterval,
    'Walsh averages': walshInterval,
  };
  return stationarySeries(noise).flatMap((kind) => {
    const series = Array.from({ length: runs }, (_, run) => drawSeries(kind, seed, run, rounds));
    return Object.entries(intervals).map(([procedure, interval]) => {
      const bounds = series.map(interval).filter((value) => value !== null);
      return {
        procedure,
        series: kind.name,
        rounds,
        runs,
        coverage: 1 - share(bounds, (value) => misses(value, kind.truth)),
        width: middle(bounds.map(({ low, high }) => (high - low) / kind.truth)),
      };
    });
  });
}

export interface UnstableFigures {
  series: string;
  runs: number;
  /** Share of runs in which the known interval misses the truth. */
  knownMisses: number;
  /** Of those: share that the known tests call unstable. */
  caughtByKnown: number;
  /** Of those: share that Octet calls unstable. */
  caughtByOctet: number;
  /** Of those: share that Octet calls unstable or whose truth its interval holds. */
  savedByOctet: number;
  /** Share of Octet's own missing intervals that it calls unstable. */
  ownCaught: number;
  /** Share of all runs that end with an interval that is wrong and not called unstable. */
  believedWrongKnown: number;
  believedWrongOctet: number;
  /** Share of all runs whose interval, as it is shown, misses the truth, called unstable or not. */
  shownWrongOctet: number;
  meanRoundsKnown: number;
  meanRoundsOctet: number;
}

/** Drift, random walk, autocorrelation: what Octet makes of the runs in which the known interval is wrong. */
export function simulateUnstable(runs: number, seed: number, plan: SimulatedPlan): UnstableFigures[] {
  return unstableSeries().map((kind) => {
    const both = outcomesOf(kind, runs, seed, plan, { octet, [known]: procedures[known] as Procedure });
    const ours = both['octet'] as Outcome[];
    const theirs = both[known] as Outcome[];
    const wrong = (outcome: Outcome): boolean => misses(outcome.bounds, kind.truth);
    const missed = ours.filter((_, run) => wrong(theirs[run] as Outcome));
    return {
      series: kind.name,
      runs,
      knownMisses: share(theirs, wrong),
      caughtByKnown: share(theirs.filter(wrong), (outcome) => outcome.unstable),
      caughtByOctet: share(missed, (outcome) => outcome.unstable),
      savedByOctet: share(missed, (outcome) => outcome.unstable || !wrong(outcome)),
      ownCaught: share(ours.filter(wrong), (outcome) => outcome.unstable),
      believedWrongKnown: share(theirs, (outcome) => wrong(outcome) && !outcome.unstable),
      believedWrongOctet: share(ours, (outcome) => wrong(outcome) && !outcome.unstable),
      shownWrongOctet: share(ours, ({ shown }) => misses(shown, kind.truth)),
      meanRoundsKnown: theirs.reduce((sum, { rounds }) => sum + rounds, 0) / runs,
      meanRoundsOctet: ours.reduce((sum, { rounds }) => sum + rounds, 0) / runs,
    };
  });
}

function misses(bounds: Bounds | null, truth: number): boolean {
  return bounds !== null && (truth < bounds.low || truth > bounds.high);
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(test).length / items.length;
}

function middle(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)] ?? Number.NaN;
}
