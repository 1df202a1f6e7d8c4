import type { Job, Queue } from 'bull';
import type { Redis } from 'ioredis';
import type { LaneJob, LaneQueues } from './lane-queues.js';

/** One slot's consumer of one lane. Pausing and closing go one after the other, whatever order they are asked in. */
export class LaneConsumer {
  private readonly own: Redis[] = [];
  private readonly queue: Queue<LaneJob>;
  private paused = false;
  private wanted: 'running' | 'paused' | 'closed' = 'running';
  private turn: Promise<void> = Promise.resolve();

  constructor(queues: LaneQueues, lane: string, handler: (job: Job<LaneJob>) => Promise<void>) {
    this.queue = queues.consumer(lane, this.own);
    this.queue.process(1, handler).catch(() => undefined);
  }

  pause(): void {
    this.want('paused');
  }

  resume(): void {
    this.want('running');
  }

  /** Does not wait for an active handler: its job stays active in Redis and is picked up again once its lock has run out. */
  close(): Promise<void> {
    this.want('closed');
    return this.turn;
  }

  private want(state: 'running' | 'paused' | 'closed'): void {
    if (this.wanted === 'closed') return;
    this.wanted = state;
    this.turn = this.turn.then(() => this.settle()).catch(() => undefined);
  }

  private async settle(): Promise<void> {
    if (this.wanted === 'closed') return this.end();
    if (this.wanted === 'paused' && !this.paused) {
      this.paused = true;
      await this.queue.pause(true, true);
    } else if (this.wanted === 'running' && this.paused) {
      this.paused = false;
      await this.queue.resume(true);
    }
  }

  private async end(): Promise<void> {
    await this.queue.close(true);
    for (const client of this.own) client.disconnect();
  }
}
