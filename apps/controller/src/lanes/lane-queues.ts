import { Logger } from '@nestjs/common';
import Bull from 'bull';
import type { Queue, QueueOptions } from 'bull';
import type { Redis } from 'ioredis';
import type { ControllerConfig } from '../config.js';
import type { RedisConnections } from './redis-connections.js';
import type { Ticket } from './trial-store.js';

/** Data of a Bull job: which trial, and which generation of its ticket. */
export interface LaneJob {
  trialId: string;
  ticket: number;
}

export function laneOf(deviceClass: string, runtime: string): string {
  return `${deviceClass}|${runtime}`;
}

export function jobIdOf(ticket: { id: string; ticket: number }): string {
  return `${ticket.id}.${ticket.ticket}`;
}

/** The lanes' Bull queues: adding, looking for and removing jobs. Consumers are elsewhere, each with its own Queue object. */
export class LaneQueues {
  private readonly producers = new Map<string, Queue<LaneJob>>();
  private readonly logger = new Logger('lanes');

  constructor(
    private readonly config: ControllerConfig,
    private readonly connections: RedisConnections,
  ) {}

  /** Puts trials into their lanes. A job that is there already stays as it is. */
  async add(tickets: readonly Ticket[], delayMs = 0): Promise<void> {
    for (const [lane, ofLane] of byLane(tickets)) {
      for (let from = 0; from < ofLane.length; from += 1000) {
        await this.producer(lane).addBulk(ofLane.slice(from, from + 1000).map((ticket) => this.jobOf(ticket, delayMs)));
      }
    }
  }

  /** Those of `tickets` that have no job in Redis. */
  async withoutJob(tickets: readonly Ticket[]): Promise<Ticket[]> {
    const pipeline = this.connections.client.pipeline();
    for (const ticket of tickets) {
      pipeline.exists(this.producer(laneOf(ticket.deviceClass, ticket.runtime)).toKey(jobIdOf(ticket)));
    }
    const answers = (await pipeline.exec()) ?? [];
    return tickets.filter((_, index) => answers[index]?.[1] === 0);
  }

  /** Takes waiting jobs out of their lanes. One that is active (or gone) stays: its handler sees the trial's state. */
  async remove(tickets: readonly Ticket[]): Promise<void> {
    for (const ticket of tickets) {
      const job = await this.producer(laneOf(ticket.deviceClass, ticket.runtime)).getJob(jobIdOf(ticket));
      await job?.remove().catch(() => undefined);
    }
  }

  /** A Queue object of one consumer's own; `own` receives the Redis client that its owner has to disconnect. */
  consumer(lane: string, own: Redis[]): Queue<LaneJob> {
    const queue = new Bull<LaneJob>(lane, this.options(own));
    queue.on('error', (error: Error) => this.logger.debug(`${lane}: ${error.message}`));
    return queue;
  }

  async close(): Promise<void> {
    await Promise.all([...this.producers.values()].map((queue) => queue.close(true)));
  }

  private producer(lane: string): Queue<LaneJob> {
    const known = this.producers.get(lane);
    if (known !== undefined) return known;
    const queue = new Bull<LaneJob>(lane, this.options([]));
    queue.on('error', (error: Error) => this.logger.debug(`${lane}: ${error.message}`));
    this.producers.set(lane, queue);
    return queue;
  }

  private options(own: Redis[]): QueueOptions {
    return {
      prefix: this.config.redisPrefix,
      createClient: this.connections.createClient(own),
      skipVersionCheck: true,
      settings: {
        lockDuration: this.config.lockMs,
        stalledInterval: this.config.stalledMs,
        /** A stall means that a controller died, never that the trial is at fault: Postgres decides what becomes of it. */
        maxStalledCount: 1_000_000,
        guardInterval: 1000,
        retryProcessDelay: 500,
      },
    } as QueueOptions;
  }

  private jobOf(ticket: Ticket, delayMs: number) {
    return {
      data: { trialId: ticket.id, ticket: ticket.ticket },
      opts: {
        jobId: jobIdOf(ticket),
        priority: ticket.priority,
        attempts: this.config.trialAttempts,
        backoff: { type: 'exponential', delay: this.config.backoffMs },
        removeOnComplete: true,
        removeOnFail: true,
        ...(delayMs > 0 ? { delay: delayMs } : {}),
      },
    };
  }
}

function byLane(tickets: readonly Ticket[]): Map<string, Ticket[]> {
  const lanes = new Map<string, Ticket[]>();
  for (const ticket of tickets) {
    const lane = laneOf(ticket.deviceClass, ticket.runtime);
    const known = lanes.get(lane);
    if (known === undefined) lanes.set(lane, [ticket]);
    else known.push(ticket);
  }
  return lanes;
}
