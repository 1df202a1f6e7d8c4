import { decide, type RoundRecord, type TelemetrySample, type TrialRecord } from '@octet/domain';
import type { LoadedEngine } from '@octet/engines';
import { systemClock, type TrialDeps } from './deps.js';
import { cpuTelemetry, type TelemetrySource } from './host/telemetry.js';
import { measureRounds, type RoundsVerdict } from './measure/measure-rounds.js';
import { fail, type TrialEngine } from './measure/open-engine.js';
import { roundPlan } from './measure/round-plan.js';
import { startSampler } from './measure/sampler.js';
import type { TrialSource } from './trial-source.js';

/** Loads every built engine and warms it up; one that can't be loaded ends there. */
export async function openEngines(source: TrialSource, engines: readonly TrialEngine[]): Promise<void> {
  const { deps, inputs, progress } = source;
  for (const engine of engines) {
    if (engine.built === null) continue;
    progress.tell('warm-up', engine.plan.label);
    try {
      const request = { engine: engine.built, device: deps.device, inputs: inputs.batch, signal: deps.signal };
      engine.loaded = await deps.runtime.open(request);
      deps.onEngine?.(request);
      if (engine.record.build !== null) engine.record.build.firstLoadNs = engine.loaded.loadNs;
      await engine.loaded.warmUp();
      engine.record.status = 'measured';
    } catch (error) {
      deps.signal.throwIfAborted();
      fail(engine, error);
    }
  }
}

export interface MeasuredRounds {
  rounds: RoundRecord[];
  telemetry: TelemetrySample[];
  stop: TrialRecord['stop'];
  /** How often an engine went on in the process of the round before (`FreshProcesses`). */
  keptProcesses: number;
  /** From the first round's start to the last one's end. */
  elapsedMs: number;
}

/** The rounds of all engines that opened, with telemetry, until they decide. */
export async function measureEngines(source: TrialSource, engines: readonly TrialEngine[]): Promise<MeasuredRounds> {
  const open = engines.filter(({ record }) => record.status === 'measured');
  if (open.length === 0) return { rounds: [], telemetry: [], stop: 'failed', keptProcesses: 0, elapsedMs: 0 };
  const { spec, deps, progress } = source;
  const clock = deps.clock ?? systemClock;
  const nowMs = (): number => clock.nowMs();
  const sampler = startSampler(telemetryOf(deps), nowMs);
  let rounds: readonly RoundRecord[] = [];
  let elapsedMs = 0;
  const onRound = (now: readonly RoundRecord[], roundEndMs: number): void => {
    rounds = now;
    elapsedMs = roundEndMs;
    progress.tellRound(now.length, decision(source, open, now).interval, spec.plan.maxSeconds - elapsedMs / 1000);
  };
  try {
    const result = await measureRounds({
      engines: new Map(open.map(({ plan, loaded }) => [plan.label, loaded as LoadedEngine])),
      seed: spec.seed,
      planFor: (count, soFar) => roundPlan(spec.plan, count, soFar),
      maxMs: spec.plan.maxSeconds * 1000,
      minRounds: spec.plan.minRounds,
      nowMs,
      telemetry: sampler.samples,
      isEnough: (now) => decision(source, open, now).verdict,
      onRound,
      onFailure: (label, error) => failNamed(open, label, error),
      signal: deps.signal,
    });
    const stop = hasPair(open) ? result.stop : result.rounds.length === 0 ? 'failed' : 'nothing-to-compare';
    const { keptProcesses } = result;
    return { rounds: result.rounds, telemetry: [...sampler.samples], stop, keptProcesses, elapsedMs };
  } catch (error) {
    if (!deps.signal.aborted || rounds.length === 0) throw error;
    return { rounds: [...rounds], telemetry: [...sampler.samples], stop: 'cancelled', keptProcesses: 0, elapsedMs };
  } finally {
    await sampler.stop();
  }
}

function failNamed(engines: readonly TrialEngine[], label: string, error: unknown): void {
  const engine = engines.find(({ plan }) => plan.label === label);
  if (engine !== undefined) fail(engine, error);
}

/** Labels to be compared: twins (`fp32#2`) are there for the noise floor only. */
function pairs(engines: readonly TrialEngine[]): { floats: string[]; recipes: string[] } {
  const measured = engines.filter(({ record }) => record.status === 'measured');
  return {
    floats: measured.flatMap(({ plan }) => (plan.label === plan.variant ? [plan.label] : [])),
    recipes: measured.flatMap(({ plan }) => (plan.variant === 'int8' ? [plan.label] : [])),
  };
}

function hasPair(engines: readonly TrialEngine[]): boolean {
  const { floats, recipes } = pairs(engines);
  return floats.length > 0 && recipes.length > 0;
}

function decision({ spec, deps }: TrialSource, engines: readonly TrialEngine[], rounds: readonly RoundRecord[]) {
  const decided = decide({ rounds, ...pairs(engines), plan: spec.plan, noiseFloor: deps.noiseFloor });
  const verdict: RoundsVerdict = decided.decided ? 'decided' : decided.exhausted ? 'exhausted' : 'go-on';
  return { verdict, interval: decided.perRecipe[0]?.interval ?? null };
}

const noTelemetry: TelemetrySource = { read: () => Promise.reject(new Error('this device has no telemetry')) };

function telemetryOf({ telemetry, device }: TrialDeps): TelemetrySource {
  if (telemetry !== undefined) return telemetry ?? noTelemetry;
  return device.kind === 'cpu' ? cpuTelemetry() : noTelemetry;
}
