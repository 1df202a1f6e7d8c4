import { median, type GpuModeId, type ModeRecord, type RunMode } from '@octet/domain';
import type { LoadedEngine, ModeSamples, RoundPlan } from '@octet/engines';
import { clockOf, wholeStudy } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import type { FinalPair } from './final-pair.js';
import { modeRecord, modeRounds } from './mode-rounds.js';
import type { TrialEngine } from './open-engine.js';
import { startSampler, type RunningSampler } from './sampler.js';

const main: RunMode = { graph: true, transfers: false, streams: 1 };
const conditions: Record<GpuModeId, RunMode & { soakSeconds: number }> = {
  'no-graph': { ...main, graph: false, soakSeconds: 0 },
  transfers: { ...main, transfers: true, soakSeconds: 0 },
  'streams-2': { ...main, streams: 2, soakSeconds: 0 },
  'streams-4': { ...main, streams: 4, soakSeconds: 0 },
  soak: { ...main, soakSeconds: 30 },
};

/** Each engine in each round: enough for the median of fast engines; starting a process costs far more. */
const roundMs = 200;

/** An engine that can be measured under other conditions, as it was loaded for the rounds. */
type ModalEngine = LoadedEngine & { measureIn: NonNullable<LoadedEngine['measureIn']> };

/**
 * The final pair of a GPU without graph, with transfers, with 2 and 4 streams and after a soak of 30 s (design of measuring,
 * section 6), in rounds like the trial's own. They take at most the plan's seconds once more; a mode that would not fit, as
 * the one before it took, is left out, and one that fails as well.
 */
export async function measureGpuModes(source: TrialSource, pair: FinalPair): Promise<ModeRecord[]> {
  const engines = modalEngines(pair);
  if (engines === null) return [];
  const nowMs = clockOf(source.deps);
  const endMs = nowMs() + source.spec.plan.maxSeconds * 1000;
  const measured: ModeRecord[] = [];
  let longestMs = 0;
  for (const id of source.deps.study?.gpuModes ?? wholeStudy.gpuModes) {
    const startMs = nowMs();
    const needMs = longestMs + conditions[id].soakSeconds * 1000;
    if (startMs + needMs > endMs) continue;
    const record = await measureMode(source, pair, engines, id, endMs - startMs);
    if (record !== null) measured.push(record);
    longestMs = Math.max(longestMs, nowMs() - startMs - conditions[id].soakSeconds * 1000);
  }
  return measured;
}

function modalEngines({ float, int8 }: FinalPair): Map<string, ModalEngine> | null {
  const modal = [float, int8].flatMap((engine): [string, ModalEngine][] => {
    const { loaded } = engine;
    return loaded !== null && canChangeMode(loaded) ? [[engine.plan.label, loaded]] : [];
  });
  return modal.length === 2 ? new Map(modal) : null;
}

function canChangeMode(loaded: NonNullable<TrialEngine['loaded']>): loaded is ModalEngine {
  return loaded.measureIn !== undefined;
}

async function measureMode(
  source: TrialSource,
  pair: FinalPair,
  engines: ReadonlyMap<string, ModalEngine>,
  id: GpuModeId,
  leftMs: number,
): Promise<ModeRecord | null> {
  const { deps, progress, spec } = source;
  const { soakSeconds } = conditions[id];
  progress.tell('rounds', `the final pair: ${id}`);
  const parts = new Map<string, NonNullable<ModeSamples['parts']>[]>();
  try {
    const load = soakSeconds === 0 ? null : await soakAll(source, engines, (soakSeconds * 1000) / engines.size);
    const inMode = new Map(
      [...engines].map(([label, engine]) => [
        label,
        { loadNs: 0, renew: null, measureRound: roundIn(engine, id, label, parts) },
      ]),
    );
    const rounds = await modeRounds(source, inMode, {
      roundMs,
      maxMs: leftMs - soakSeconds * 1000,
      rounds: spec.plan.minRounds,
    });
    if (rounds === null) return null;
    const mode = { id, threads: null, conditions: conditions[id], ...(load !== null && { load }) };
    const record = modeRecord(pair, mode, rounds);
    return parts.size === 0 ? record : { ...record, transferParts: mediansOfParts(parts) };
  } catch {
    deps.signal.throwIfAborted();
    return null;
  }
}

/** Each engine in turn under lasting load; power and clocks are read in the second half, when they have settled. */
async function soakAll(
  { deps }: TrialSource,
  engines: ReadonlyMap<string, ModalEngine>,
  durationMs: number,
): Promise<NonNullable<ModeRecord['load']>> {
  const load: NonNullable<ModeRecord['load']> = {};
  const nowMs = clockOf(deps);
  for (const [label, engine] of engines) {
    const sampler = samplerOf(deps, nowMs);
    try {
      await engine.soak?.(durationMs);
    } finally {
      await sampler?.stop();
    }
    const last = sampler?.samples.at(-1)?.atMs ?? 0;
    const settled = sampler?.samples.filter(({ atMs }) => atMs >= last - durationMs / 2) ?? [];
    const middle = (key: 'powerW' | 'smClockMhz' | 'temperatureC'): number | null => {
      const known = settled.flatMap((sample) => sample[key] ?? []);
      return known.length === 0 ? null : median(known);
    };
    load[label] = { powerW: middle('powerW'), smClockMhz: middle('smClockMhz'), temperatureC: middle('temperatureC') };
  }
  return load;
}

function samplerOf({ telemetry = null }: TrialSource['deps'], nowMs: () => number): RunningSampler | null {
  return telemetry === null ? null : startSampler(telemetry, nowMs);
}

function roundIn(
  engine: ModalEngine,
  id: GpuModeId,
  label: string,
  parts: Map<string, NonNullable<ModeSamples['parts']>[]>,
) {
  const { graph, transfers, streams } = conditions[id];
  return async (plan: RoundPlan) => {
    const samples = await engine.measureIn({ graph, transfers, streams }, plan);
    if (samples.parts !== null) parts.set(label, [...(parts.get(label) ?? []), samples.parts]);
    return { latenciesNs: samples.latenciesNs };
  };
}

function mediansOfParts(
  parts: ReadonlyMap<string, readonly NonNullable<ModeSamples['parts']>[]>,
): NonNullable<ModeRecord['transferParts']> {
  const middle = (values: readonly number[]): number => Math.round(median(values));
  return Object.fromEntries(
    [...parts].map(([label, rounds]) => [
      label,
      {
        hostToDeviceNs: middle(rounds.map((round) => round.hostToDeviceNs)),
        computeNs: middle(rounds.map((round) => round.computeNs)),
        deviceToHostNs: middle(rounds.map((round) => round.deviceToHostNs)),
      },
    ]),
  );
}
