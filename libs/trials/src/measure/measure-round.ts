import { availableParallelism } from 'node:os';
import { fastestWindowNs, median, type RoundRecord } from '@octet/domain';
import type { RoundPlan } from '@octet/engines';
import type { FreshProcesses, RoundEngine } from './fresh-processes.js';
import type { RoundsRequest } from './measure-rounds.js';
import { voidReason, type EngineWindow } from './void-round.js';

/**
 * Turns that an engine takes in a round at most, and at least where the plan's cap has room for them. A neighbour on the host
 * or a step of the clock comes and goes within tenths of a second: of turns of 5 ms some go without it, and the fastest runs
 * tell (`roundTimeNs`).
 */
const mostTurns = 40;
const fewestTurns = 6;
/**
 * An engine that was disturbed takes more turns, up to so many times as many: until a fifth of the planned number agree with the
 * fastest one. Undisturbed turns agree within some tenths of a per cent, disturbed ones hardly ever do. The round alone says so:
 * a rule that looked at the rounds before would make them resemble each other.
 */
const patience = 4;
const agreeing = { share: 1 / 5, within: 0.01 };
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
 * One round: every engine gets a fresh process, then they take turns, in the round's order and backwards by turns, those
 * that were disturbed more of them. Engines whose rounds are processes of their own run once, with the whole
 * plan. An engine that fails is named, and no round is kept.
 */
export async function measureRound(
  request: RoundsRequest,
  processes: FreshProcesses,
  { index, order, plan, startMs }: RoundToMeasure,
): Promise<RoundRecord | { failed: string; error: unknown }> {
  const now = (): number => request.nowMs() - startMs;
  const startedMs = now();
  const engines = order.map((label) => new EngineRound(label, request.engines.get(label) as RoundEngine, plan));
  const unstarted = await startAll(engines, (engine) => engine.renew(index, processes));
  if (unstarted !== null) return unstarted;
  let current = engines[0] as EngineRound;
  try {
    let planned = 1;
    let most = 1;
    const takesPart = (engine: EngineRound, turn: number): boolean =>
      turn < planned || (turn < most && engine.isDisturbed(planned));
    for (let turn = 0, open = engines; open.length > 0; turn++) {
      for (current of turn % 2 === 0 ? open : open.toReversed()) await current.takeTurn(now);
      if (turn === 0) {
        const room = Math.min(...engines.map((engine) => engine.room()));
        planned = Math.min(room, ...engines.map((engine) => engine.turns()));
        most = Math.min(room, planned * patience);
      }
      open = engines.filter((engine) => takesPart(engine, turn + 1));
    }
  } catch (error) {
    return { failed: current.label, error };
  }
  const samples = Object.fromEntries(engines.map(({ label, samples: own }) => [label, own]));
  const turns = Object.fromEntries(engines.map(({ label, turnCounts }) => [label, turnCounts]));
  const windows = engines.map((engine) => engine.window);
  return { index, startedMs, order: [...order], samples, turns, voided: voidReason(windows, request.telemetry) };
}

/** Side by side, as many as the machine has cores: starting a process hardly uses a second one. Null if all succeed. */
async function startAll(
  engines: readonly EngineRound[],
  start: (engine: EngineRound) => Promise<void>,
): Promise<{ failed: string; error: unknown } | null> {
  const atOnce = availableParallelism();
  for (let first = 0; first < engines.length; first += atOnce) {
    const started = engines.slice(first, first + atOnce).map(async (engine) =>
      start(engine).then(
        () => null,
        (error: unknown) => ({ failed: engine.label, error }),
      ),
    );
    const failure = (await Promise.all(started)).find((outcome) => outcome !== null);
    if (failure !== undefined) return failure;
  }
  return null;
}

/** What one engine does in one round. */
class EngineRound {
  readonly samples: number[] = [];
  readonly turnCounts: number[] = [];
  readonly window: EngineWindow;
  /** Time of each turn as `roundTimeNs` takes it, ascending. */
  private turnTimesNs: number[] = [];

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
    this.turnTimesNs = [...this.turnTimesNs, fastestWindowNs(latenciesNs)].sort((a, b) => a - b);
    this.window.toMs = nowMs();
  }

  /** True while too few turns agree that the fastest one is what the engine takes. */
  isDisturbed(plannedTurns: number): boolean {
    const last = Math.ceil(plannedTurns * agreeing.share) - 1;
    return this.turnTimesNs[last]! > (1 + agreeing.within) * this.turnTimesNs[0]!;
  }

  /** Turns that make a round of the planned length. */
  turns(): number {
    return Math.max(fewestTurns, Math.min(mostTurns, Math.round(this.plan.minDurationMs / this.turnMs())));
  }

  /** Turns that the engine's part of the round has room for, at least one. */
  room(): number {
    return this.isWhole ? 1 : Math.max(1, Math.floor(this.plan.maxDurationMs / this.turnMs()));
  }

  /** After the first turn. Of several streams that run at once, a sample is the time between two results. */
  private turnMs(): number {
    const runsMs = ((runsInTurn + 1) * median(this.samples) * (this.engine.streams ?? 1)) / 1e6;
    return Math.max(runsMs, turnOf(this.plan).minDurationMs);
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
