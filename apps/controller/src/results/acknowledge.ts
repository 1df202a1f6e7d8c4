import type { ResultAcknowledgement, TrialState } from '@octet/protocol';

/** What Postgres holds of the trial that a result claims to be of; null when there is no such trial. */
export interface TrialStanding {
  state: TrialState;
  attempt: number;
  agentId: string | null;
}

/**
 * Whether a result counts. Only the current attempt's does, from the agent that holds it, once. A trial that was queued again or
 * given up as lost still takes it: the measurement was made, and nobody else has been assigned since.
 */
export function acknowledge(
  trial: TrialStanding | null,
  result: { attempt: number; agentId: string },
): ResultAcknowledgement {
  if (trial === null) return { accepted: false, reason: 'unknown-trial' };
  if (trial.state === 'cancelled') return { accepted: false, reason: 'cancelled' };
  if (trial.attempt !== result.attempt || trial.agentId !== result.agentId) {
    return { accepted: false, reason: 'stale-attempt' };
  }
  if (trial.state === 'done') return { accepted: false, reason: 'already-accepted' };
  return { accepted: true, reason: 'accepted' };
}
