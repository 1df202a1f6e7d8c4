import { median, type RoundRecord } from '@octet/domain';
import type { RoundPlan } from '@octet/engines';
import type { FreshProcesses, RoundEngine } from './fresh-processes.js';
import type { RoundsRequest } from './measure-rounds.js';
import { voidReason, type EngineWindow } from './void-round.js';

/**
 * Turns that an engine takes in a round. A neighbour on the host or a step of the clock lasts for tenths of a second: of
 * turns of 30 ms some go without it, and the fastest one tells (`roundTimeNs`).
 */
const mostTurns = 6;
/** Kept runs of a turn; one more before them is discarded. */
const runsInTurn = 2;

export interface RoundToMeasure {
  index: number;
  order: readonly string[];
  plan: RoundPlan;
  /** Of the first round, on the request's clock. */
  startMs: number;
}

/**
 * One round: every engine gets a fresh process, then they take turns, in the round's order and backwards by turns. Engines
 * whose rounds are processes of their own run once, with the whole plan. An engine that fails is named, and no round is kept.
 */
export async function measureRound(
  request: RoundsRequest,
  processes: FreshProcesses,
  { index, order, plan, startMs }: RoundToMeasure,
): Promise<RoundRecord | { failed: string; error: unknown }> {
  const now = (): number => request.nowMs() - startMs;
  const startedMs = now();
  const engines = order.map((label) => new EngineRound(label, request.engines.get(label) as RoundEngine, plan));
  let current = engines[0] as EngineRound;
  try {
    for (current of engines) await current.renew(index, processes);
    let turns = 1;
    for (let turn = 0; turn < turns; turn++) {
      for (current of turn % 2 === 0 ? engines : engines.toReversed()) await current.takeTurn(now);
      if (turn === 0) turns = Math.min(...engines.map((engine) => engine.turns()));
    }
  } catch (error) {
    return { failed: current.label, error };
  }
  const samples = Object.fromEntries(engines.map(({ label, samples: own }) => [label, own]));
  const turns = Object.fromEntries(engines.map(({ label, turnCounts }) => [label, turnCounts]));
  const windows = engines.map((engine) => engine.window);
  return { index, startedMs, order: [...order], samples, turns, voided: voidReason(windows, request.telemetry) };
}

/** What one engine does in one round. */
class EngineRound {
  readonly samples: number[] = [];
  readonly turnCounts: number[] = [];
  readonly window: EngineWindow;

  constructor(
    readonly label: string,
    private readonly engine: RoundEngine,
    private plan: RoundPlan,
  ) {
    this.window = { label, fromMs: Number.POSITIVE_INFINITY, toMs: 0 };
  }

  async renew(round: number, processes: FreshProcesses): Promise<void> {
    this.plan = await processes.before(round, this.label, this.engine, this.plan);
  }

  async takeTurn(nowMs: () => number): Promise<void> {
    this.window.fromMs = Math.min(this.window.fromMs, nowMs());
    const { latenciesNs } = await this.engine.measureRound(this.isWhole ? this.plan : turnOf(this.plan));
    for (const latencyNs of latenciesNs) this.samples.push(latencyNs);
    this.turnCounts.push(latenciesNs.length);
    this.window.toMs = nowMs();
  }

  /** After the first turn: as many as the engine's part of the round holds, at least that one. */
  turns(): number {
    if (this.isWhole) return 1;
    // Of several streams that run at once, a sample is the time between two results.
    const runNs = median(this.samples) * (this.engine.streams ?? 1);
    const turnMs = ((runsInTurn + 1) * runNs) / 1e6;
    return Math.max(1, Math.min(mostTurns, Math.floor(this.plan.maxDurationMs / turnMs)));
  }

  private get isWhole(): boolean {
    return this.engine.renew === null;
  }
}

function turnOf({ minRuns, minDurationMs, maxDurationMs }: RoundPlan): RoundPlan {
  return {
    minRuns: Math.max(runsInTurn, Math.ceil(minRuns / mostTurns)),
    minDurationMs: minDurationMs / mostTurns,
    maxDurationMs,
  };
}
