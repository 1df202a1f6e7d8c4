import type { Refusal } from '@octet/domain';
import type { AttemptKey } from './trial-store.js';

/** How a trial's stay at an agent ended. */
export type RunOutcome =
  /** Result accepted, cancelled or superseded: the lane has nothing more to do. */
  | { kind: 'settled' }
  | { kind: 'handback'; reason: string }
  | { kind: 'failed'; error: Refusal; retry: boolean }
  /** The agent did not answer, or did not come back within its grace period. */
  | { kind: 'lost'; message: string }
  /** The agent is connected to another controller now, which has taken the trial over. */
  | { kind: 'moved' };

/** One attempt of a trial that an agent works on. Settles once; later outcomes are ignored. */
export class Run implements AttemptKey {
  readonly outcome: Promise<RunOutcome>;
  /** The agent has said that it took the trial. */
  accepted = false;
  progressSavedMs = 0;
  private resolve: (outcome: RunOutcome) => void = () => undefined;

  constructor(
    readonly trialId: string,
    readonly matrixId: string,
    readonly attempt: number,
  ) {
    this.outcome = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  settle(outcome: RunOutcome): void {
    this.resolve(outcome);
  }

  is(key: AttemptKey): boolean {
    return key.trialId === this.trialId && key.attempt === this.attempt;
  }
}
