import type { LoadedEngine, RoundPlan } from '@octet/engines';

/** What rounds need of an engine. */
export type RoundEngine = Pick<LoadedEngine, 'loadNs' | 'streams' | 'measureRound' | 'renew'>;

/** A renewal may take this share of an engine's time in a round; the rest is for measuring. */
const mostShare = 0.5;
/** Starting a process and warming it up, besides loading the engine, until it is known better. */
const startingMs = 200;

/**
 * Gives every engine a fresh process for each round. Two processes of one engine differ by some tenths of a per cent (where
 * its memory lies), and each of them repeats better than that: rounds of one process would agree on a difference that is
 * none, and their interval would leave it out. A process that takes too long to load is kept instead, and counted.
 */
export class FreshProcesses {
  private readonly costMs = new Map<string, number>();
  private keptRounds = 0;

  constructor(private readonly nowMs: () => number) {}

  /** Rounds in which an engine went on in the process of the round before. */
  get kept(): number {
    return this.keptRounds;
  }

  /**
   * Renews `engine` where its part of the round allows that; resolves to what is left of the part for measuring. In round 0
   * the engine is fresh already. Rejects as `renew` does.
   */
  async before(round: number, label: string, engine: RoundEngine, plan: RoundPlan): Promise<RoundPlan> {
    if (round === 0 || engine.renew === null) return plan;
    const expectedMs = this.costMs.get(label) ?? engine.loadNs / 1e6 + startingMs;
    if (expectedMs > plan.maxDurationMs * mostShare) {
      this.keptRounds += 1;
      return plan;
    }
    const startMs = this.nowMs();
    await engine.renew();
    const tookMs = this.nowMs() - startMs;
    // The least seen: one slow start on a busy host must not end the renewals.
    this.costMs.set(label, Math.min(tookMs, this.costMs.get(label) ?? tookMs));
    const leftMs = Math.max(plan.maxDurationMs - tookMs, plan.maxDurationMs * (1 - mostShare));
    return { ...plan, minDurationMs: Math.min(plan.minDurationMs, leftMs), maxDurationMs: leftMs };
  }
}
