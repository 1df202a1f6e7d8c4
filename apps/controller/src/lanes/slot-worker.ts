import type { AgentMessage, ControllerMessage, Slot } from '@octet/protocol';
import type { Job } from 'bull';
import type { Dispatcher } from './dispatcher.js';
import { LaneConsumer } from './lane-consumer.js';
import { laneOf, type LaneJob, type LaneQueues } from './lane-queues.js';
import { Run, type RunOutcome } from './run.js';
import type { AttemptKey } from './trial-store.js';

export type Send = (message: ControllerMessage) => void;
type Hello = Extract<AgentMessage, { type: 'hello' }>;

export interface SlotTimes {
  graceMs: number;
  acceptMs: number;
}

/**
 * One device of one agent: a consumer for each of its lanes, one trial at a time. It outlives its socket by the grace period, so
 * that a trial goes on when the agent comes back.
 */
export class SlotWorker {
  private consumers: LaneConsumer[] = [];
  private send: Send | null = null;
  private claimed = false;
  private onDuty = true;
  private resting: NodeJS.Timeout | null = null;
  private grace: NodeJS.Timeout | null = null;
  private closed = false;
  run: Run | null = null;

  constructor(
    readonly agentId: string,
    readonly slot: Slot,
    private readonly queues: LaneQueues,
    private readonly dispatcher: Dispatcher,
    private readonly times: SlotTimes,
    private readonly onClosed: (worker: SlotWorker) => void,
  ) {}

  get connected(): boolean {
    return this.send !== null;
  }

  /** The agent is (back) here. A trial that it says it runs goes on; one that it has lost is given up at once. */
  async attach(send: Send, hello: Hello, onDuty: boolean): Promise<void> {
    this.clearGrace();
    this.send = send;
    this.onDuty = onDuty;
    const running = hello.running.filter((entry) => entry.slotId === this.slot.slotId);
    if (this.run !== null) this.reconcileRun(this.run, hello);
    for (const key of running) if (this.run?.is(key) !== true) await this.adopt(key);
    this.openConsumers();
    this.updateConsumers();
  }

  /** Off duty: what runs goes on, nothing more is taken. */
  setOnDuty(onDuty: boolean): void {
    if (this.onDuty === onDuty) return;
    this.onDuty = onDuty;
    this.updateConsumers();
  }

  /** The socket is gone: no new trial, and the running one has the grace period. */
  detach(): void {
    this.send = null;
    this.updateConsumers();
    if (this.run === null && !this.claimed) return void this.close();
    if (this.run !== null) this.startGrace(() => `the agent was away for more than ${this.times.graceMs} ms`);
  }

  /** Ends the worker; a run that is still open ends with `outcome`. */
  async close(outcome: RunOutcome = { kind: 'moved' }): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.clearGrace();
    if (this.resting !== null) clearTimeout(this.resting);
    this.run?.settle(outcome);
    this.onClosed(this);
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
  }

  /** The controller stops: nothing is decided about the run, whoever comes next takes it over. */
  async abandon(): Promise<void> {
    this.closed = true;
    this.clearGrace();
    if (this.resting !== null) clearTimeout(this.resting);
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
  }

  cancel(reason: string): void {
    const run = this.run;
    if (run === null) return;
    this.send?.({ type: 'trial.cancel', trialId: run.trialId, attempt: run.attempt, reason });
    run.settle({ kind: 'settled' });
  }

  accepted(key: AttemptKey): void {
    if (this.run?.is(key) === true) this.run.accepted = true;
  }

  /** Bull's handler: resolves when the ticket has done its work, rejects when Bull shall try again after its back-off. */
  private async handle(job: Job<LaneJob>): Promise<void> {
    if (this.claimed || this.send === null || !this.onDuty || this.resting !== null || this.closed) {
      return this.dispatcher.giveBack(job.data, 0);
    }
    this.claimed = true;
    this.updateConsumers();
    try {
      await this.execute(job);
    } finally {
      this.claimed = false;
      this.updateConsumers();
      if (this.send === null) void this.close();
    }
  }

  private async execute(job: Job<LaneJob>): Promise<void> {
    const assignment = await this.dispatcher.assign(job.data, this);
    if (assignment === null) return;
    const run = this.begin(new Run(assignment.trialId, assignment.matrixId, assignment.attempt));
    const { trialId, attempt, spec, noiseFloor } = assignment;
    this.send?.({ type: 'trial.assigned', trialId, attempt, slotId: this.slot.slotId, spec, noiseFloor });
    const unanswered = setTimeout(() => {
      if (!run.accepted && this.send !== null)
        run.settle({ kind: 'lost', message: 'the agent did not accept the trial' });
    }, this.times.acceptMs);
    if (this.send === null) this.startGrace(() => 'the agent left before it got the trial');
    try {
      const outcome = await run.outcome;
      this.end(run);
      if (outcome.kind === 'handback') this.rest();
      await this.dispatcher.conclude(run, outcome, job);
    } finally {
      clearTimeout(unanswered);
      this.end(run);
    }
  }

  /** A trial that was assigned by an earlier life of this (or another) controller: no ticket of ours, the agent measures on. */
  private async adopt(key: AttemptKey): Promise<void> {
    const found = this.run === null ? await this.dispatcher.adopt(key, this) : null;
    if (found === null) {
      this.send?.({ type: 'trial.cancel', ...keyOf(key), reason: 'this attempt is not the current one any more' });
      return;
    }
    const run = this.begin(new Run(key.trialId, found.matrixId, key.attempt));
    run.accepted = true;
    void run.outcome.then(async (outcome) => {
      this.end(run);
      if (outcome.kind === 'handback') this.rest();
      await this.dispatcher.conclude(run, outcome, null).catch(() => undefined);
      if (this.send === null) await this.close();
    });
  }

  private reconcileRun(run: Run, hello: Hello): void {
    if (hello.running.some((key) => run.is(key))) return;
    if (hello.spooled.some((key) => run.is(key))) {
      this.startGrace(() => 'the agent kept its result back');
      return;
    }
    if (run.accepted) run.settle({ kind: 'lost', message: 'the agent came back without the trial' });
    else run.settle({ kind: 'handback', reason: 'the connection was lost before the trial was accepted' });
  }

  private begin(run: Run): Run {
    this.run = run;
    this.updateConsumers();
    return run;
  }

  private end(run: Run): void {
    if (this.run !== run) return;
    this.run = null;
    this.clearGrace();
    this.updateConsumers();
  }

  /** After a hand-back the agent is given time before it is asked again: it may be on its way out. */
  private rest(): void {
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = null;
      this.updateConsumers();
    }, 5000);
    this.resting.unref();
    this.updateConsumers();
  }

  private openConsumers(): void {
    if (this.consumers.length > 0 || this.closed) return;
    const runtimes = [...new Set(this.slot.runtimes.map((runtime) => runtime.name))];
    this.consumers = runtimes.map(
      (name) => new LaneConsumer(this.queues, laneOf(this.slot.deviceClass, name), (job) => this.handle(job)),
    );
  }

  /** A busy slot takes nothing from its other lanes; with one lane its own handler blocks it already. */
  private updateConsumers(): void {
    const busy = this.claimed || this.run !== null;
    const mustPause =
      this.send === null ||
      !this.onDuty ||
      this.resting !== null ||
      (busy && (this.consumers.length > 1 || !this.claimed));
    for (const consumer of this.consumers) {
      if (mustPause) consumer.pause();
      else consumer.resume();
    }
  }

  private startGrace(message: () => string): void {
    this.clearGrace();
    const run = this.run;
    this.grace = setTimeout(() => run?.settle({ kind: 'lost', message: message() }), this.times.graceMs);
    this.grace.unref();
  }

  private clearGrace(): void {
    if (this.grace !== null) clearTimeout(this.grace);
    this.grace = null;
  }
}

function keyOf({ trialId, attempt }: AttemptKey): AttemptKey {
  return { trialId, attempt };
}
