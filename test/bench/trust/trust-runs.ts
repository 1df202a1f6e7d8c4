import { derivedSeed, deviceClassOf } from '@octet/domain';
import type { LoadedEngine } from '@octet/engines';
import { compareAdaptively, compareFixed, isUnstable, type ComparisonResult } from './comparison.js';
import type { Subject } from './subject.js';
import { appendTrustLine, lineKey, type TrustLine } from './trust-lines.js';

export interface TrustPlan {
  /** A/A comparisons. */
  controls: number;
  /** Comparisons for each planted effect. */
  planted: number;
  /** Of the 3 % ones, how many are measured with the fixed plan of 9 x 3 s for each variant as well. */
  fixed: number;
  /** Time limit of one adaptive comparison, seconds. */
  maxSeconds: number;
  seed: number;
  /** JSON lines, appended as results land; null: kept in memory only. */
  out: string | null;
  /** No comparison is begun after so many minutes; null: all of them run. */
  minutes: number | null;
}

export interface TrustRun {
  kind: 'control' | 'planted';
  /** 0 for a control; 0.01 or 0.03: how much slower one of the two was made. */
  effect: number;
  /** The ratio that was planted: 1, 1 + effect, or 1 / (1 + effect) in every second run. */
  truth: number;
  result: ComparisonResult;
  /** The same two engines under the fixed plan, and adaptively until the interval is as narrow as the fixed one's. */
  beside: { fixed: ComparisonResult; adaptive: ComparisonResult } | null;
}

/**
 * Runs the comparisons that are not among `done` yet, each with freshly opened engines, controls and planted effects
 * mixed over the whole time. Gives what it measured, without `done`.
 */
export async function trustRuns(
  subject: Subject,
  plan: TrustPlan,
  done: readonly TrustLine[],
  tell: (line: string) => void,
): Promise<TrustLine[]> {
  const start = performance.now();
  const known = new Set(done.map(lineKey));
  const jobs = interleaved(plan);
  const lines: TrustLine[] = [];
  for (const [index, job] of jobs.entries()) {
    if (known.has(lineKey({ seed: plan.seed, plan, index }))) continue;
    if (plan.minutes !== null && performance.now() - start > plan.minutes * 60_000) break;
    const run = await trustRun(subject, plan, job, derivedSeed(plan.seed, index));
    const line = lineOf(run, subject, plan, index);
    lines.push(line);
    if (plan.out !== null) appendTrustLine(plan.out, line);
    tell(`${index + 1} of ${jobs.length}: ${describe(run)}`);
  }
  return lines;
}

function lineOf(run: TrustRun, subject: Subject, plan: TrustPlan, index: number): TrustLine {
  const { controls, planted, fixed, maxSeconds, seed } = plan;
  return {
    index,
    seed,
    plan: { controls, planted, fixed, maxSeconds },
    deviceClass: deviceClassOf(subject.device),
    runtimeVersion: subject.runtimeVersion,
    at: new Date().toISOString(),
    ...run,
  };
}

interface Job {
  effect: number;
  inverted: boolean;
  fixed: boolean;
}

/** Spread evenly, so that a busy hour meets all kinds alike. */
function interleaved({ controls, planted, fixed }: TrustPlan): Job[] {
  const of = (count: number, effect: number): (Job & { at: number })[] =>
    Array.from({ length: count }, (_, i) => ({
      effect,
      inverted: i % 2 === 1,
      fixed: effect === 0.03 && i < fixed,
      at: (i + 0.5) / count,
    }));
  return [...of(controls, 0), ...of(planted, 0.01), ...of(planted, 0.03)].sort((a, b) => a.at - b.at);
}

async function trustRun(subject: Subject, plan: TrustPlan, job: Job, seed: number): Promise<TrustRun> {
  const [plain, other] =
    job.effect === 0
      ? [await subject.open(), await subject.open()]
      : [await subject.openSlowed(0), await subject.openSlowed(job.effect)];
  const [a, b]: [LoadedEngine, LoadedEngine] = job.inverted ? [plain, other] : [other, plain];
  const truth = job.inverted ? 1 / (1 + job.effect) : 1 + job.effect;
  try {
    const result = await compareAdaptively(a, b, { halfWidth: 0.01, maxSeconds: plan.maxSeconds, seed });
    const beside = job.fixed ? await besideFixed(a, b, seed) : null;
    return { kind: job.effect === 0 ? 'control' : 'planted', effect: job.effect, truth, result, beside };
  } finally {
    await Promise.all([a.dispose(), b.dispose()]);
  }
}

async function besideFixed(a: LoadedEngine, b: LoadedEngine, seed: number): Promise<TrustRun['beside']> {
  const fixed = await compareFixed(a, b, seed);
  const halfWidth = fixed.low === null || fixed.high === null ? 0.01 : (fixed.high - fixed.low) / 2 / fixed.median;
  const adaptive = await compareAdaptively(a, b, { halfWidth, maxSeconds: 60, seed: derivedSeed(seed, 1) });
  return { fixed, adaptive };
}

function describe({ effect, truth, result }: TrustRun): string {
  const bounds = result.low === null ? 'no interval' : `[${result.low.toFixed(4)}, ${result.high?.toFixed(4)}]`;
  const found = result.findings.map(({ kind }) => kind).join(', ');
  const verdict = isUnstable(result) ? ` unstable (${found})` : found === '' ? '' : ` (${found})`;
  return `planted ${(100 * effect).toFixed(0)} % (${truth.toFixed(4)}): ${result.median.toFixed(4)} ${bounds}, ${result.rounds} rounds, ${result.seconds.toFixed(1)} s${verdict}`;
}
