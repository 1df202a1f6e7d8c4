import { availableParallelism } from 'node:os';
import type { CpuModeId, ModeRecord } from '@octet/domain';
import { withStreams, withThreads, type BuiltEngine, type LoadedEngine } from '@octet/engines';
import { clockOf, wholeStudy } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import type { FinalPair } from './final-pair.js';
import { modeRecord, modeRounds } from './mode-rounds.js';

/** Modes take this share of the plan's seconds at most. */
const mostExtra = 0.25;
/** Loading and warming up both engines of a mode. */
const openingMs = 1_500;
/** Each engine in each round; the same pair was measured at length before. */
const roundMs = 100;

/** One other condition for both engines: a number of threads, or of runs at once with the trial's own threads. */
export type CpuMode = { id: string; threads: number } | { id: string; streams: number };

/**
 * The final pair of a CPU with one thread and with all cores, and with 2 and 4 runs at once as far as its cores go, in rounds
 * like the trial's own, with what they left of the plan's seconds, at most a quarter of them.
 */
export async function measureCpuModes(source: TrialSource, pair: FinalPair, leftMs: number): Promise<ModeRecord[]> {
  const { plan } = source.spec;
  const nowMs = clockOf(source.deps);
  const endMs = nowMs() + Math.min(leftMs, plan.maxSeconds * 1000 * mostExtra);
  const measured: ModeRecord[] = [];
  for (const mode of modesOf(source)) {
    const forRoundsMs = endMs - nowMs() - openingMs;
    if (forRoundsMs < plan.minRounds * 2 * roundMs) break;
    const record = await measureMode(source, pair, mode, forRoundsMs);
    if (record !== null) measured.push(record);
  }
  return measured;
}

function modesOf({ spec, deps }: TrialSource): CpuMode[] {
  if (deps.device.kind !== 'cpu' || spec.threads === null) return [];
  // A container may have fewer processors than the machine has cores.
  const cores = Math.max(1, Math.min(deps.device.physicalCores, availableParallelism()));
  return plannedCpuModes(deps.study?.cpuModes ?? wholeStudy.cpuModes, cores, spec.threads);
}

/**
 * What is measured beside `threads` threads on so many cores: one thread and all cores, where the trial has another number;
 * streams only where each of their threads has a core of its own, since sharing cores is another question.
 */
export function plannedCpuModes(asked: readonly CpuModeId[], cores: number, threads: number): CpuMode[] {
  return asked.flatMap((id): CpuMode[] => {
    if (id !== 'threads') {
      const streams = streamsIn[id];
      return streams * threads <= cores ? [{ id, streams }] : [];
    }
    const others = [...new Set([1, cores])].filter((count) => count !== threads);
    return others.map((count) => ({ id: `threads-${count}`, threads: count }));
  });
}

const streamsIn: Record<Exclude<CpuModeId, 'threads'>, number> = { 'streams-2': 2, 'streams-4': 4 };

async function measureMode(
  source: TrialSource,
  pair: FinalPair,
  mode: CpuMode,
  maxMs: number,
): Promise<ModeRecord | null> {
  const { deps, progress } = source;
  progress.tell('rounds', `the final pair: ${mode.id}`);
  const opened = new Map<string, LoadedEngine>();
  try {
    for (const { plan, built } of [pair.float, pair.int8]) {
      const engine = inMode(built as BuiltEngine, mode);
      if (engine === null) return null;
      const request = { engine, device: deps.device, inputs: source.inputs.batch, signal: deps.signal };
      opened.set(plan.label, await deps.runtime.open(request));
      await opened.get(plan.label)?.warmUp();
    }
    const rounds = await modeRounds(source, opened, { roundMs, maxMs, rounds: source.spec.plan.minRounds });
    return rounds === null ? null : modeRecord(pair, toldOf(mode), rounds);
  } catch {
    deps.signal.throwIfAborted();
    return null;
  } finally {
    await Promise.all([...opened.values()].map((engine) => engine.dispose()));
  }
}

function inMode(built: BuiltEngine, mode: CpuMode): BuiltEngine | null {
  return 'threads' in mode ? withThreads(built, mode.threads) : withStreams(built, mode.streams);
}

function toldOf(mode: CpuMode): Pick<ModeRecord, 'id' | 'threads' | 'conditions'> {
  if ('threads' in mode) return mode;
  const { id, streams } = mode;
  return { id, threads: null, conditions: { graph: false, transfers: false, streams, soakSeconds: 0 } };
}
