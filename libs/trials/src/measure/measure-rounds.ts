import { balancedOrders, type RoundRecord, type TelemetrySample, type TrialRecord } from '@octet/domain';
import type { LoadedEngine, RoundPlan } from '@octet/engines';
import { voidReason, type EngineWindow } from './void-round.js';

/** What the rounds need; engines by label, warmed up. */
export interface RoundsRequest {
  engines: ReadonlyMap<string, LoadedEngine>;
  seed: number;
  plan: RoundPlan;
  maxMs: number;
  /** Monotonic, ms. */
  nowMs: () => number;
  telemetry: readonly TelemetrySample[];
  /** Asked after each round: true ends the rounds, since more would change nothing. */
  isEnough: (rounds: readonly RoundRecord[]) => RoundsVerdict;
  signal: AbortSignal;
  onRound: (rounds: readonly RoundRecord[], elapsedMs: number) => void;
}

export type RoundsVerdict = 'go-on' | 'decided' | 'exhausted';

export interface RoundsResult {
  rounds: RoundRecord[];
  stop: Extract<TrialRecord['stop'], 'decided' | 'time-out'>;
}

/**
 * Rounds in balanced order until they decide or time ends; raw samples are kept. Every engine runs once in each round, so
 * that engines are compared in pairs under the same clocks and temperature. A round in which an engine fails is not kept.
 *
 * @throws OctetError of the engine that failed, or `engine-cancelled`; `rounds` so far are in `onRound`'s last call.
 */
export async function measureRounds(request: RoundsRequest): Promise<RoundsResult> {
  const orderOf = balancedOrders([...request.engines.keys()], request.seed);
  const startMs = request.nowMs();
  const rounds: RoundRecord[] = [];
  let longestMs = 0;
  for (;;) {
    const fromMs = request.nowMs() - startMs;
    rounds.push(await measureRound(request, orderOf(rounds.length), rounds.length, startMs));
    const elapsedMs = request.nowMs() - startMs;
    longestMs = Math.max(longestMs, elapsedMs - fromMs);
    request.onRound(rounds, elapsedMs);
    const verdict = request.isEnough(rounds);
    if (verdict !== 'go-on') return { rounds, stop: verdict === 'decided' ? 'decided' : 'time-out' };
    if (elapsedMs + longestMs > request.maxMs) return { rounds, stop: 'time-out' };
  }
}

async function measureRound(
  request: RoundsRequest,
  order: string[],
  index: number,
  startMs: number,
): Promise<RoundRecord> {
  const startedMs = request.nowMs() - startMs;
  const samples: Record<string, number[]> = {};
  const windows: EngineWindow[] = [];
  for (const label of order) {
    const fromMs = request.nowMs() - startMs;
    const engine = request.engines.get(label) as LoadedEngine;
    samples[label] = Array.from((await engine.measureRound(request.plan)).latenciesNs);
    windows.push({ label, fromMs, toMs: request.nowMs() - startMs });
  }
  return { index, startedMs, order, samples, voided: voidReason(windows, request.telemetry) };
}
