import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type ControllerConfig } from '../config.js';
import { isDatabaseDown } from '../database/database-down.js';
import { Dispatcher } from './dispatcher.js';
import { LaneQueues } from './lane-queues.js';
import { SlotsService } from './slots.service.js';
import { TrialStore, type Ticket } from './trial-store.js';

const nilUuid = '00000000-0000-0000-0000-000000000000';
const pageSize = 2000;

/** Keeps lanes and Postgres in step: queues trials, renews leases, and puts back what a lost job or a flushed Redis took away. */
@Injectable()
export class LanesService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('lanes');
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly inFlight = new Set<string>();

  constructor(
    @Inject(CONFIG) private readonly config: ControllerConfig,
    private readonly trials: TrialStore,
    private readonly queues: LaneQueues,
    private readonly slots: SlotsService,
    private readonly dispatcher: Dispatcher,
  ) {}

  onApplicationBootstrap(): void {
    this.every('reconcile', this.config.reconcileMs, () => this.reconcile());
    this.every('lease', Math.min(this.config.heartbeatMs, this.config.agentGraceMs / 2), () => this.renewLeases());
    this.once('reconcile', () => this.reconcile());
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Puts trials into their lanes without making the caller wait for Redis: what fails here the reconciler does again. */
  enqueueSoon(tickets: readonly Ticket[]): void {
    this.queues.add(tickets).catch((error: Error) => this.logger.warn(`queueing: ${error.message}`));
  }

  /** Takes cancelled trials' waiting jobs out of the lanes; a job that stays finds its trial ended. */
  removeSoon(tickets: readonly Ticket[]): void {
    this.queues.remove(tickets).catch((error: Error) => this.logger.warn(`removing: ${error.message}`));
  }

  /** Every open trial that nobody works on and that has no job gets one. Answers how many were put back. */
  async reconcile(): Promise<number> {
    let restored = 0;
    let after = nilUuid;
    for (;;) {
      const page = await this.trials.unattended(this.dispatcher.leaseMs, after, pageSize);
      const last = page.at(-1);
      if (last === undefined) break;
      const lost = await this.queues.withoutJob(page);
      await this.queues.add(lost);
      restored += lost.length;
      after = last.id;
      if (page.length < pageSize) break;
    }
    if (restored > 0) this.logger.log(`put ${restored} trials into their lanes`);
    return restored;
  }

  private async renewLeases(): Promise<void> {
    const live = this.slots.all().filter((worker) => worker.connected && worker.run !== null);
    const runs = live.flatMap((worker) => (worker.run === null ? [] : [worker.run]));
    for (const key of await this.trials.renewLeases(runs)) {
      live.find((worker) => worker.run?.is(key) === true)?.cancel('another attempt of this trial counts now');
    }
  }

  private every(name: string, intervalMs: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => this.once(name, work), intervalMs);
    timer.unref();
    this.timers.push(timer);
  }

  /** One at a time of each name; a service that is down is no news here (readiness says it). */
  private once(name: string, work: () => Promise<unknown>): void {
    if (this.inFlight.has(name)) return;
    this.inFlight.add(name);
    work()
      .catch((error: Error) => {
        if (!isDatabaseDown(error)) this.logger.warn(`${name}: ${error.message}`);
      })
      .finally(() => this.inFlight.delete(name));
  }
}
