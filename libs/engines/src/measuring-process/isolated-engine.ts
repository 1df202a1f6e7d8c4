import type { LayerProfile, LoadedEngine, RoundPlan, RoundSamples, TensorMap } from '../port.js';
import type { CommandLimits, MeasuringProcess } from './client.js';
import type { SessionSource } from './messages.js';

/** How long a hung engine is waited for beyond the time that its plan asked for. */
export const defaultWatchdogMs = 60_000;

export interface IsolatedEngineRequest {
  process: MeasuringProcess;
  source: SessionSource;
  inputs: TensorMap;
  /** Limits of one command that may take `extraMs` by plan. */
  limits: (extraMs: number) => CommandLimits;
  profile: (runs: number) => Promise<LayerProfile | null>;
}

/** Opens an engine in the given process; a process whose engine does not open is ended. */
export async function openIsolatedEngine(request: IsolatedEngineRequest): Promise<LoadedEngine> {
  const { process: child, source, inputs, limits, profile } = request;
  try {
    const { loadNs } = await child.request('open', { source, inputs }, limits(0));
    return isolatedEngine(child, loadNs, limits, profile);
  } catch (error) {
    await child.kill();
    throw error;
  }
}

function isolatedEngine(
  child: MeasuringProcess,
  loadNs: number,
  limits: IsolatedEngineRequest['limits'],
  profile: IsolatedEngineRequest['profile'],
): LoadedEngine {
  return {
    loadNs,
    warmUp: async () => (await child.request('warmUp', {}, limits(0))).runs,
    measureRound: (plan: RoundPlan): Promise<RoundSamples> =>
      child.request('measureRound', { plan }, limits(plan.maxDurationMs)),
    profile,
    infer: async (inputs: TensorMap) => (await child.request('infer', { inputs }, limits(0))).outputs,
    peakMemoryBytes: async () => (await child.request('memory', {}, limits(0))).peakResidentBytes,
    dispose: () => child.kill(),
  };
}
