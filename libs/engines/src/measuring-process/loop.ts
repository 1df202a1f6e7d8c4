import type { RoundPlan } from '../port.js';
import { collectBetweenRuns } from './garbage.js';
import type { MeasuredSession } from './session.js';

type Runnable = Pick<MeasuredSession, 'runOnce' | 'garbageBytes'>;

/** Samples that one round can hold; a round ends when they are used up (30 s at 30 us a run). */
const sampleCapacity = 1 << 20;
/** Allocated once for the life of the process: the loop below allocates nothing of its own. */
const samples = new Float64Array(sampleCapacity);

const warmUpMaxMs = 2_000;
/** Windows in the shortest warm-up. */
const fewestWindows = 4;
/** Two windows in a row whose means differ by less than this are called flat. */
const flatness = 0.02;

const now = (): bigint => process.hrtime.bigint();

/**
 * Runs back to back and keeps the time of each run, ns. One run before them is not kept: it finds the caches as the engine
 * before left them. Ends once both minima of the plan are reached, or at its hard cap; one run is always kept.
 */
export async function measureRound({ runOnce, garbageBytes }: Runnable, plan: RoundPlan): Promise<Float64Array> {
  const tidy = collectBetweenRuns(garbageBytes);
  const start = now();
  await runOnce();
  const minNs = plan.minDurationMs * 1e6;
  const maxNs = plan.maxDurationMs * 1e6;
  let count = 0;
  while (count < sampleCapacity) {
    const before = now();
    await runOnce();
    const after = now();
    samples[count++] = Number(after - before);
    tidy();
    const elapsed = Number(now() - start);
    if ((count >= plan.minRuns && elapsed >= minNs) || elapsed >= maxNs) break;
  }
  return samples.slice(0, count);
}

/**
 * One discarded inference, then windows of runs until two in a row take the same time: at least `minMs`, at most 2 s
 * (a device that never gets flat shows in the rounds as `unstable`). Returns the runs made.
 */
export async function warmUp({ runOnce }: Pick<MeasuredSession, 'runOnce'>, minMs: number): Promise<number> {
  await runOnce();
  const start = now();
  let runs = 1;
  let lastMeanNs = Number.NaN;
  for (;;) {
    const window = await runWindow(runOnce, minMs / fewestWindows);
    runs += window.runs;
    const elapsedMs = Number(now() - start) / 1e6;
    const flat = Math.abs(window.meanNs - lastMeanNs) <= flatness * lastMeanNs;
    if ((flat && elapsedMs >= minMs) || elapsedMs >= warmUpMaxMs) return runs;
    lastMeanNs = window.meanNs;
  }
}

async function runWindow(runOnce: () => Promise<unknown>, windowMs: number): Promise<{ runs: number; meanNs: number }> {
  const start = now();
  let runs = 0;
  let elapsedNs = 0;
  do {
    await runOnce();
    runs += 1;
    elapsedNs = Number(now() - start);
  } while (elapsedNs < windowMs * 1e6);
  return { runs, meanNs: elapsedNs / runs };
}
