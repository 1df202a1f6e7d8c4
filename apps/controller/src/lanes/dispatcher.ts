import { defaultNoiseFloor } from '@octet/domain';
import type { Job } from 'bull';
import type { ControllerConfig } from '../config.js';
import type { EventBus } from '../live/event-bus.js';
import type { LaneJob, LaneQueues } from './lane-queues.js';
import type { Run, RunOutcome } from './run.js';
import type { AttemptKey, TrialStore } from './trial-store.js';
import type { TrialEndings } from './trial-endings.js';

/** The slot that a trial is given to. */
export interface Taker {
  agentId: string;
  slot: { slotId: string };
}

/** Between a ticket and a run: takes the trial in Postgres, and after the run decides what becomes of trial and ticket. */
export class Dispatcher {
  /** An assignment without a sign of life for this long is dead. */
  readonly leaseMs: number;

  constructor(
    private readonly config: ControllerConfig,
    private readonly trials: TrialStore,
    private readonly queues: LaneQueues,
    private readonly endings: TrialEndings,
    private readonly bus: EventBus,
  ) {
    this.leaseMs = config.agentGraceMs + 2 * config.heartbeatMs;
  }

  /** null: nothing to do for this slot; the ticket is finished or was put back for later. */
  async assign(job: LaneJob, taker: Taker) {
    const { agentId, slot } = taker;
    const outcome = await this.trials.assign(job.trialId, job.ticket, agentId, slot.slotId, this.leaseMs);
    if (outcome.kind === 'elsewhere') await this.giveBack(job, Math.max(100, Math.ceil(outcome.leaseLeftMs)));
    if (outcome.kind === 'off-duty') await this.giveBack(job, 500);
    if (outcome.kind !== 'assigned') return null;
    const { assignment } = outcome;
    this.publishState(assignment, 'assigned', agentId);
    return { ...assignment, noiseFloor: assignment.noiseFloor ?? defaultNoiseFloor };
  }

  /** The ticket was no use here: the trial gets another one. Counts as no failure. */
  async giveBack(job: LaneJob, delayMs: number): Promise<void> {
    const ticket = await this.trials.renewTicket(job.trialId, job.ticket);
    if (ticket !== null) await this.queues.add([ticket], delayMs);
  }

  async adopt(key: AttemptKey, taker: Taker): Promise<{ matrixId: string } | null> {
    const adopted = await this.trials.adopt(key, taker.agentId, taker.slot.slotId);
    if (adopted !== null) this.publishState({ ...key, matrixId: adopted.matrixId }, 'assigned', taker.agentId);
    return adopted;
  }

  /**
   * What a run's outcome means. Rejects when Bull shall try again after its back-off. Without a job (an adopted run) the ticket
   * that is still in the lane, or the reconciler, brings the trial back.
   */
  async conclude(run: Run, outcome: RunOutcome, job: Job<LaneJob> | null): Promise<void> {
    switch (outcome.kind) {
      case 'settled':
        return;
      case 'moved':
        return job === null ? undefined : this.giveBack(job.data, this.leaseMs);
      case 'handback':
        await this.release(run, 'handback', outcome.reason);
        return job === null ? undefined : this.giveBack(job.data, 500);
      case 'lost':
        return this.retryOrFail(run, job, { code: 'agent-lost', message: outcome.message }, true);
      case 'failed':
        return this.retryOrFail(run, job, outcome.error, outcome.retry);
    }
  }

  private async retryOrFail(
    run: Run,
    job: Job<LaneJob> | null,
    error: { code: string; message: string },
    retry: boolean,
  ): Promise<void> {
    const triesLeft =
      job === null ? run.attempt < this.config.trialAttempts : job.attemptsMade + 1 < (job.opts.attempts ?? 1);
    if (!retry || !triesLeft) return this.endings.fail(run, error);
    await this.release(run, error.code, error.message);
    if (job !== null) throw new Error(`${error.code}: ${error.message}`);
  }

  private async release(run: Run, reason: string, message: string): Promise<void> {
    const released = await this.trials.release(run, reason, message);
    if (released) this.publishState(run, 'queued', null);
  }

  private publishState(
    trial: { trialId: string; matrixId: string; attempt: number },
    state: 'queued' | 'assigned',
    agentId: string | null,
  ): void {
    const { trialId, matrixId, attempt } = trial;
    this.bus.publish({ type: 'trial.state', trialId, matrixId, attempt, state, agentId });
  }
}
