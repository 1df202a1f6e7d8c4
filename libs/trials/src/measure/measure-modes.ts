import type { ModeRecord, RoundRecord } from '@octet/domain';
import type { TrialSource } from '../trial-source.js';
import { measureCpuModes } from './cpu-modes.js';
import { finalPair } from './final-pair.js';
import { measureGpuModes } from './gpu-modes.js';
import type { TrialEngine } from './open-engine.js';

/** Plans shorter than this are asked for a quick answer. */
const shortestPlanSeconds = 20;

/**
 * The fastest float and the fastest INT8 engine measured briefly under other conditions, in rounds as the trial's own: a
 * verdict can flip with them. On a GPU: without graph, with transfers, with several streams, after a soak (`gpu-modes.ts`). On
 * a CPU: other numbers of threads, and several streams (`cpu-modes.ts`), with what the rounds left of the plan's seconds. Not
 * at all for plans under 20 s; a mode for which no time is left, or that fails, is left out.
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
  return deps.device.kind === 'cpu' ? measureCpuModes(source, pair, leftMs) : measureGpuModes(source, pair);
}
