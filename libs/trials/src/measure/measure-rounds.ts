import { balancedOrders, type RoundRecord, type TelemetrySample, type TrialRecord } from '@octet/domain';
import type { RoundPlan } from '@octet/engines';
import { FreshProcesses, type RoundEngine } from './fresh-processes.js';
import { measureRound } from './measure-round.js';
import type { RoundsSoFar } from './round-plan.js';

/** What the rounds need; engines by label, warmed up. */
export interface RoundsRequest {
  engines: ReadonlyMap<string, RoundEngine>;
  seed: number;
  /** How long each of so many engines runs in the next round. */
  planFor: (engines: number, soFar: RoundsSoFar) => RoundPlan;
  maxMs: number;
  /** Until so many rounds are made, only the time limit itself ends them: the plan makes them fit. */
  minRounds: number;
  /** Monotonic, ms. */
  nowMs: () => number;
  telemetry: readonly TelemetrySample[];
  /** Asked after each round: true ends the rounds, since more would change nothing. */
  isEnough: (rounds: readonly RoundRecord[]) => RoundsVerdict;
  signal: AbortSignal;
  /** An engine failed in a round: it takes no part in the rest. */
  onFailure: (label: string, error: unknown) => void;
  onRound: (rounds: readonly RoundRecord[], elapsedMs: number) => void;
}

export type RoundsVerdict = 'go-on' | 'decided' | 'exhausted';

export interface RoundsResult {
  rounds: RoundRecord[];
  stop: Extract<TrialRecord['stop'], 'decided' | 'time-out'>;
  /** How often an engine went on in the process of the round before, since loading it again takes too long. */
  keptProcesses: number;
}

/**
 * Rounds in balanced order until they decide or time ends; raw samples are kept. Every engine runs in each round, by
 * turns with the others and in a fresh process, so that engines are compared in pairs under the same clocks and temperature. An engine that fails is told to `onFailure`, its
 * round is not kept, and the others go on without it.
 *
 * @throws OctetError `engine-cancelled`; the rounds so far are in `onRound`'s last call.
 */
export async function measureRounds(request: RoundsRequest): Promise<RoundsResult> {
  const startMs = request.nowMs();
  const rounds: RoundRecord[] = [];
  const engines = new Map(request.engines);
  let orderOf = balancedOrders([...engines.keys()], request.seed);
  const processes = new FreshProcesses(request.nowMs);
  const result = (stop: RoundsResult['stop']): RoundsResult => ({ rounds, stop, keptProcesses: processes.kept });
  let longestMs = 0;
  while (engines.size > 0) {
    const fromMs = request.nowMs() - startMs;
    const plan = request.planFor(engines.size, { rounds: rounds.length, elapsedMs: fromMs });
    const outcome = await measureRound(request, processes, {
      index: rounds.length,
      order: orderOf(rounds.length),
      plan,
      startMs,
    });
    const elapsedMs = request.nowMs() - startMs;
    longestMs = Math.max(longestMs, elapsedMs - fromMs);
    if ('failed' in outcome) {
      request.signal.throwIfAborted();
      request.onFailure(outcome.failed, outcome.error);
      engines.delete(outcome.failed);
      orderOf = balancedOrders([...engines.keys()], request.seed);
      continue;
    }
    rounds.push(outcome);
    request.onRound(rounds, elapsedMs);
    const verdict = request.isEnough(rounds);
    if (verdict !== 'go-on') return result(verdict === 'decided' ? 'decided' : 'time-out');
    const nextMs = rounds.length < request.minRounds ? 0 : longestMs;
    if (elapsedMs + nextMs > request.maxMs) return result('time-out');
  }
  return result('time-out');
}
