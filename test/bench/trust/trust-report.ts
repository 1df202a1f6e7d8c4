import { median, noiseFloor, proportionInterval, quantile } from '@octet/domain';
import { isUnstable, type ComparisonResult } from './comparison.js';
import type { TrustLine } from './trust-lines.js';
import type { TrustRun } from './trust-runs.js';

/** Prints the rates of `npm run bench:trust` with their exact 95 % intervals, as Markdown. */
export function printTrust(runs: readonly TrustLine[], print: (line: string) => void): void {
  if (runs.length === 0) return print('No comparison has been recorded.');
  print(`${headerOf(runs)}\n`);
  print('| what | count | rate | 95 % interval | median time, s | 90 % of times within, s |');
  print('|---|---|---|---|---|---|');
  const controls = runs.filter(({ kind }) => kind === 'control');
  row(print, 'A/A: false verdicts', controls, excludesOne);
  row(print, 'A/A: called unstable', controls, ({ result }) => isUnstable(result));
  const floor = floorOf(controls);
  row(print, `A/A: worth-it at 1.05 and the measured floor ${(100 * floor).toFixed(2)} %`, controls, ({ result }) =>
    stableAnd(result, (low) => low >= Math.max(1.05, 1 + floor), [Math.max(1.05, 1 + floor), 1 - floor]),
  );
  row(print, 'A/A: slower at the measured floor', controls, ({ result }) =>
    stableAnd(result, (_, high) => high < 1 - floor, [Math.max(1.05, 1 + floor), 1 - floor]),
  );
  for (const effect of [0.01, 0.03]) {
    const planted = runs.filter((run) => run.kind === 'planted' && run.effect === effect);
    const name = `planted ${100 * effect} %`;
    row(print, `${name}: hit (excludes 1 on the right side, holds the planted value)`, planted, isHit);
    row(print, `${name}: excludes 1 on the right side`, planted, ({ truth, result }) => rightSide(truth, result));
    row(print, `${name}: wrong side`, planted, ({ truth, result }) => rightSide(1 / truth, result));
    row(print, `${name}: called unstable`, planted, ({ result }) => isUnstable(result));
  }
  printFixed(runs, print);
}

/** Where, with what and when; several devices or runtimes are named, since their rates do not belong together. */
function headerOf(runs: readonly TrustLine[]): string {
  const distinct = (pick: (line: TrustLine) => string | number): string => [...new Set(runs.map(pick))].join(' and ');
  const times = runs.map(({ at }) => at).toSorted();
  return `Trust bench on ${distinct(({ deviceClass }) => deviceClass)}, onnxruntime ${distinct(({ runtimeVersion }) => runtimeVersion)}, ${times[0]} to ${times.at(-1)}, ${runs.length} comparisons, seed ${distinct((line) => line.seed)}, at most ${distinct(({ plan }) => plan.maxSeconds)} s a comparison.`;
}

function row(
  print: (line: string) => void,
  what: string,
  runs: readonly TrustRun[],
  counts: (run: TrustRun) => boolean,
): void {
  const share = proportionInterval(runs.filter(counts).length, runs.length);
  if (share === null) return;
  const seconds = runs.map(({ result }) => result.seconds);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  print(
    `| ${what} | ${share.count} of ${share.total} | ${percent(share.rate)} | ${percent(share.low)} to ${percent(share.high)} | ${median(seconds).toFixed(1)} | ${quantile(seconds, 0.9).toFixed(1)} |`,
  );
}

/** The floor that these controls would give, default included while they are few. */
function floorOf(controls: readonly TrustRun[]): number {
  return noiseFloor(
    controls.flatMap(({ result }) =>
      result.low === null || result.high === null
        ? []
        : [{ day: 'now', median: result.median, low: result.low, high: result.high, unstable: isUnstable(result) }],
    ),
  ).floor;
}

function stableAnd(
  result: ComparisonResult,
  test: (low: number, high: number) => boolean,
  boundaries: readonly number[] = [1],
): boolean {
  const { low, high } = result;
  return low !== null && high !== null && test(low, high) && !isUnstable(result, boundaries);
}

function excludesOne({ result }: TrustRun): boolean {
  return stableAnd(result, (low, high) => low > 1 || high < 1);
}

function rightSide(truth: number, result: ComparisonResult): boolean {
  return stableAnd(result, (low, high) => (truth > 1 ? low > 1 : high < 1));
}

function isHit({ truth, result }: TrustRun): boolean {
  return rightSide(truth, result) && stableAnd(result, (low, high) => low <= truth && truth <= high);
}

function printFixed(runs: readonly TrustRun[], print: (line: string) => void): void {
  const pairs = runs.flatMap(({ beside, truth }) => (beside === null ? [] : [{ ...beside, truth }]));
  if (pairs.length === 0) return;
  const width = ({ low, high, median: middle }: ComparisonResult): number =>
    low === null || high === null ? Number.NaN : (high - low) / middle;
  const holds = ({ low, high }: ComparisonResult, truth: number): boolean =>
    low !== null && high !== null && low <= truth && truth <= high;
  print('\n| planted 3 %, the same engines | median time, s | median width | holds the planted value |');
  print('|---|---|---|---|');
  for (const [name, key] of [
    ['fixed plan: 9 x 3 s for each variant', 'fixed'],
    ['adaptive, until as narrow as the fixed one', 'adaptive'],
  ] as const) {
    const results = pairs.map((pair) => pair[key]);
    const held = pairs.filter((pair) => holds(pair[key], pair.truth)).length;
    print(
      `| ${name} | ${median(results.map(({ seconds }) => seconds)).toFixed(1)} | ${(100 * median(results.map(width))).toFixed(2)} % | ${held} of ${pairs.length} |`,
    );
  }
  const shares = pairs.map(({ adaptive, fixed }) => adaptive.seconds / fixed.seconds);
  const narrow = pairs.filter((pair) => width(pair.adaptive) <= width(pair.fixed) * 1.05).length;
  print(
    `\nTime of the adaptive plan / the fixed one: median ${median(shares).toFixed(2)}, 90 % within ${quantile(shares, 0.9).toFixed(2)}; as narrow (within 5 %) in ${narrow} of ${pairs.length}.`,
  );
}
