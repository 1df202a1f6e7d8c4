import type { LayerProfile, LoadedEngine, RoundPlan, RoundSamples, TensorMap } from '../port.js';
import type { CommandLimits, MeasuringProcess } from './client.js';
import type { SessionSource } from './messages.js';

/** How long a hung engine is waited for beyond the time that its plan asked for. */
export const defaultWatchdogMs = 60_000;

const warmUpMs = 200;
/**
 * What a renewed process runs before it is measured, unkept: the device is warm, the process itself has still to find its pace.
 * It need not be flat after that, since the fastest runs of the round tell.
 */
export const renewedWarmUp: RoundPlan = { minRuns: 1, minDurationMs: 40, maxDurationMs: 40 };

export interface IsolatedEngineRequest {
  start: () => MeasuringProcess;
  source: SessionSource;
  inputs: TensorMap;
  /** Limits of one command that may take `extraMs` by plan. */
  limits: (extraMs: number) => CommandLimits;
  profile: (runs: number) => Promise<LayerProfile | null>;
  /** false: what the engine needs lies on a device, and the process's own memory would say nothing. Default true. */
  inHostMemory?: boolean;
  /** Runs at once in a round. Default 1. */
  streams?: number;
}

/** Opens an engine in a process of its own; a process whose engine does not open is ended. */
export async function openIsolatedEngine(request: IsolatedEngineRequest): Promise<LoadedEngine> {
  const { limits, profile, streams = 1 } = request;
  let { child, loadNs } = await openProcess(request);
  return {
    loadNs,
    streams,
    warmUp: async () => (await child.request('warmUp', { minMs: warmUpMs }, limits(0))).runs,
    measureRound: (plan: RoundPlan): Promise<RoundSamples> =>
      child.request('measureRound', { plan }, limits(plan.maxDurationMs)),
    renew: async () => {
      await child.kill();
      ({ child } = await openProcess(request));
      await child.request('measureRound', { plan: renewedWarmUp }, limits(renewedWarmUp.maxDurationMs));
    },
    profile,
    infer: async (inputs: TensorMap) => (await child.request('infer', { inputs }, limits(0))).outputs,
    peakMemoryBytes: async () =>
      request.inHostMemory === false ? null : (await child.request('memory', {}, limits(0))).peakResidentBytes,
    dispose: () => child.kill(),
  };
}

async function openProcess({
  start,
  source,
  inputs,
  limits,
  streams = 1,
}: IsolatedEngineRequest): Promise<{ child: MeasuringProcess; loadNs: number }> {
  const child = start();
  try {
    const { loadNs } = await child.request('open', { source, inputs, streams }, limits(0));
    return { child, loadNs };
  } catch (error) {
    await child.kill();
    throw error;
  }
}
