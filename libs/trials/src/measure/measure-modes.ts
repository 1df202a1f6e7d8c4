import { availableParallelism } from 'node:os';
import { endToEndNs, median, type Device, type ModeRecord, type RoundRecord } from '@octet/domain';
import { withThreads, type BuiltEngine, type LoadedEngine } from '@octet/engines';
import { systemClock } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import { measureRounds } from './measure-rounds.js';
import type { TrialEngine } from './open-engine.js';

/** Plans shorter than this are asked for a quick answer. */
const shortestPlanSeconds = 20;
/** Modes take this share of the plan's seconds at most. */
const mostExtra = 0.25;
/** Loading and warming up both engines of a mode. */
const openingMs = 1_500;
/** Each engine in each round; the same pair was measured at length before. */
const roundMs = 100;
const runsInRound = 10;

/** How the final pair is measured once more. */
interface Mode {
  id: string;
  threads: number;
}

/**
 * The fastest float and the fastest INT8 engine measured briefly with other numbers of threads (one, and all cores), in
 * rounds as the trial's own: a verdict can flip with them. Only with what the rounds left of the plan's seconds, at most a
 * quarter of them, and not at all for plans under 20 s; a mode for which no time is left, or that fails, is left out.
 */
export async function measureModes(
  source: TrialSource,
  engines: readonly TrialEngine[],
  rounds: readonly RoundRecord[],
  leftMs: number,
): Promise<ModeRecord[]> {
  const { plan } = source.spec;
  const pair = finalPair(engines, rounds);
  if (pair === null || plan.maxSeconds < shortestPlanSeconds) return [];
  const nowMs = clockOf(source);
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

interface Pair {
  float: TrialEngine;
  int8: TrialEngine;
}

function finalPair(engines: readonly TrialEngine[], rounds: readonly RoundRecord[]): Pair | null {
  const fastest = (wanted: (engine: TrialEngine) => boolean): TrialEngine | null => {
    const timed = engines
      .filter(({ record, built }) => record.status === 'measured' && built !== null)
      .filter(wanted)
      .flatMap((engine) => {
        const ns = endToEndNs(rounds, engine.plan.label);
        return ns === null ? [] : [{ engine, ns }];
      });
    return timed.toSorted((a, b) => a.ns - b.ns)[0]?.engine ?? null;
  };
  const float = fastest(({ plan }) => plan.label === plan.variant && plan.variant !== 'int8');
  const int8 = fastest(({ plan }) => plan.variant === 'int8');
  return float === null || int8 === null ? null : { float, int8 };
}

function modesOf({ spec, deps }: TrialSource): Mode[] {
  if (deps.device.kind !== 'cpu' || spec.threads === null) return [];
  const counts = [1, allCores(deps.device)].filter((count, index, all) => all.indexOf(count) === index);
  return counts.filter((count) => count !== spec.threads).map((threads) => ({ id: `threads-${threads}`, threads }));
}

/** A container may have fewer processors than the machine has cores. */
function allCores(device: Extract<Device, { kind: 'cpu' }>): number {
  return Math.max(1, Math.min(device.physicalCores, availableParallelism()));
}

async function measureMode(source: TrialSource, pair: Pair, mode: Mode, maxMs: number): Promise<ModeRecord | null> {
  const { spec, deps, progress } = source;
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
    const failures: unknown[] = [];
    const { rounds } = await measureRounds({
      engines: opened,
      seed: spec.seed,
      planFor: () => ({
        minRuns: runsInRound,
        minDurationMs: roundMs,
        maxDurationMs: maxMs / (2 * spec.plan.minRounds),
      }),
      maxMs,
      minRounds: spec.plan.minRounds,
      nowMs: clockOf(source),
      telemetry: [],
      isEnough: (now) => (now.length >= spec.plan.minRounds || failures.length > 0 ? 'decided' : 'go-on'),
      signal: deps.signal,
      onFailure: (_, error) => failures.push(error),
      onRound: () => undefined,
    });
    return failures.length > 0 ? null : modeRecord(pair, mode, rounds);
  } catch {
    deps.signal.throwIfAborted();
    return null;
  } finally {
    await Promise.all([...opened.values()].map((engine) => engine.dispose()));
  }
}

function modeRecord({ float, int8 }: Pair, mode: Mode, rounds: readonly RoundRecord[]): ModeRecord {
  const labels = [float.plan.label, int8.plan.label];
  const mediansOf = (label: string): number[] => rounds.map(({ samples }) => Math.round(median(samples[label] ?? [])));
  return {
    id: mode.id,
    threads: mode.threads,
    float: float.plan.label,
    recipe: int8.plan.label,
    roundMediansNs: Object.fromEntries(labels.map((label) => [label, mediansOf(label)])),
  };
}

function clockOf({ deps }: TrialSource): () => number {
  const clock = deps.clock ?? systemClock;
  return () => clock.nowMs();
}
