import { availableParallelism } from 'node:os';
import type { Device, ModeRecord, RoundRecord } from '@octet/domain';
import { withThreads, type BuiltEngine, type LoadedEngine } from '@octet/engines';
import { clockOf } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import { finalPair, type FinalPair } from './final-pair.js';
import { measureGpuModes } from './gpu-modes.js';
import { modeRecord, modeRounds } from './mode-rounds.js';
import type { TrialEngine } from './open-engine.js';

/** Plans shorter than this are asked for a quick answer. */
const shortestPlanSeconds = 20;
/** Modes of a CPU take this share of the plan's seconds at most. */
const mostExtra = 0.25;
/** Loading and warming up both engines of a mode. */
const openingMs = 1_500;
/** Each engine in each round; the same pair was measured at length before. */
const roundMs = 100;

/**
 * The fastest float and the fastest INT8 engine measured briefly under other conditions, in rounds as the trial's own: a
 * verdict can flip with them. On a GPU: without graph, with transfers, with several streams, after a soak (`gpu-modes.ts`). On
 * a CPU: other numbers of threads (one, and all cores), with what the rounds left of the plan's seconds, at most a quarter of
 * them. Not at all for plans under 20 s; a mode for which no time is left, or that fails, is left out.
 */
export async function measureModes(
  source: TrialSource,
  engines: readonly TrialEngine[],
  rounds: readonly RoundRecord[],
  leftMs: number,
): Promise<ModeRecord[]> {
  const { spec, deps } = source;
  const pair = finalPair(engines, rounds);
  if (pair === null || spec.plan.maxSeconds < shortestPlanSeconds) return [];
  return deps.device.kind === 'cpu' ? measureThreadModes(source, pair, leftMs) : measureGpuModes(source, pair);
}

/** One number of threads for both engines. */
interface ThreadMode {
  id: string;
  threads: number;
}

async function measureThreadModes(source: TrialSource, pair: FinalPair, leftMs: number): Promise<ModeRecord[]> {
  const { plan } = source.spec;
  const nowMs = clockOf(source.deps);
  const endMs = nowMs() + Math.min(leftMs, plan.maxSeconds * 1000 * mostExtra);
  const measured: ModeRecord[] = [];
  for (const mode of threadModes(source)) {
    const forRoundsMs = endMs - nowMs() - openingMs;
    if (forRoundsMs < plan.minRounds * 2 * roundMs) break;
    const record = await measureThreadMode(source, pair, mode, forRoundsMs);
    if (record !== null) measured.push(record);
  }
  return measured;
}

function threadModes({ spec, deps }: TrialSource): ThreadMode[] {
  if (deps.device.kind !== 'cpu' || spec.threads === null) return [];
  const counts = [1, allCores(deps.device)].filter((count, index, all) => all.indexOf(count) === index);
  return counts.filter((count) => count !== spec.threads).map((threads) => ({ id: `threads-${threads}`, threads }));
}

/** A container may have fewer processors than the machine has cores. */
function allCores(device: Extract<Device, { kind: 'cpu' }>): number {
  return Math.max(1, Math.min(device.physicalCores, availableParallelism()));
}

async function measureThreadMode(
  source: TrialSource,
  pair: FinalPair,
  mode: ThreadMode,
  maxMs: number,
): Promise<ModeRecord | null> {
  const { deps, progress } = source;
  progress.tell('rounds', `the final pair with ${mode.threads} thread(s)`);
  const opened = new Map<string, LoadedEngine>();
  try {
    for (const { plan, built } of [pair.float, pair.int8]) {
      const engine = withThreads(built as BuiltEngine, mode.threads);
      if (engine === null) return null;
      const request = { engine, device: deps.device, inputs: source.inputs.batch, signal: deps.signal };
      opened.set(plan.label, await deps.runtime.open(request));
      await opened.get(plan.label)?.warmUp();
    }
    const rounds = await modeRounds(source, opened, { roundMs, maxMs, rounds: source.spec.plan.minRounds });
    return rounds === null ? null : modeRecord(pair, mode, rounds);
  } catch {
    deps.signal.throwIfAborted();
    return null;
  } finally {
    await Promise.all([...opened.values()].map((engine) => engine.dispose()));
  }
}
