import { Logger } from '@nestjs/common';
import type { QueueOptions } from 'bull';
import { Redis, type RedisOptions } from 'ioredis';

const options: RedisOptions = {
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  connectTimeout: 5000,
  /** Back within a second after Redis is (ioredis' own back-off takes seven). */
  retryStrategy: (times) => Math.min(50 * times, 1000),
};

/** All Redis clients of this controller: one for commands, one subscriber, and one blocking client for each consumer. */
export class RedisConnections {
  readonly client: Redis;
  readonly subscriber: Redis;
  private readonly logger = new Logger('redis');
  private downSince: number | null = null;

  constructor(private readonly url: string) {
    this.client = this.open();
    this.subscriber = this.open();
    for (const shared of [this.client, this.subscriber]) shared.setMaxListeners(0);
    this.client.on('ready', () => this.up());
    this.client.on('close', () => this.down());
  }

  /** Bull's `createClient`: shared clients but for the blocking one. `own` collects what the queue's owner has to close. */
  createClient(own: Redis[]): NonNullable<QueueOptions['createClient']> {
    return (type) => {
      if (type === 'client') return this.client;
      if (type === 'subscriber') return this.subscriber;
      const blocking = this.open();
      own.push(blocking);
      return blocking;
    };
  }

  /** Resolves when Redis answers. @throws the connection's error, or a timeout. */
  async ping(timeoutMs: number): Promise<void> {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs).unref();
    });
    if (this.client.status !== 'ready' && this.client.status !== 'connect') throw new Error('not connected');
    await Promise.race([this.client.ping(), late]);
  }

  close(): void {
    this.client.removeAllListeners('close');
    this.client.disconnect();
    this.subscriber.disconnect();
  }

  private open(): Redis {
    const client = new Redis(this.url, options);
    client.on('error', () => undefined);
    return client;
  }

  private up(): void {
    if (this.downSince !== null) this.logger.log(`Redis is back after ${Date.now() - this.downSince} ms`);
    this.downSince = null;
  }

  private down(): void {
    if (this.downSince !== null) return;
    this.downSince = Date.now();
    this.logger.warn('Redis is gone: lanes stand still, nothing is lost; connecting again');
  }
}
