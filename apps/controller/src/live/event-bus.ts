import { EventEmitter } from 'node:events';
import type { LiveEvent } from '@octet/protocol';
import type { Redis } from 'ioredis';

/** What controllers tell each other; live events go on to browsers, the others do not. */
export type BusEvent =
  | LiveEvent
  /** A trial reached its end (result accepted, failed, cancelled) in whichever controller. */
  | { type: 'trial.settled'; trialId: string; reason: 'accepted' | 'cancelled' | 'ended' }
  /** An agent's socket is now at `controllerId`: others drop what they hold of it. */
  | { type: 'agent.moved'; agentId: string; controllerId: string };

interface Envelope {
  origin: string;
  event: BusEvent;
}

/**
 * Events in this process at once, and in the other controllers through Redis. Delivery is best effort by design: whoever waits
 * for an event also looks into Postgres now and then.
 */
export class EventBus {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly origin: string,
    private readonly channel: string,
    private readonly publisher: Redis,
    private readonly subscriber: Redis,
  ) {}

  async start(): Promise<void> {
    this.subscriber.on('message', (channel: string, text: string) => this.receive(channel, text));
    await this.subscriber.subscribe(this.channel);
  }

  publish(event: BusEvent): void {
    this.emitter.emit('event', event);
    if (this.publisher.status !== 'ready') return;
    const envelope: Envelope = { origin: this.origin, event };
    this.publisher.publish(this.channel, JSON.stringify(envelope)).catch(() => undefined);
  }

  on(listener: (event: BusEvent) => void): () => void {
    this.emitter.on('event', listener);
    return () => this.emitter.off('event', listener);
  }

  private receive(channel: string, text: string): void {
    if (channel !== this.channel) return;
    const { origin, event } = JSON.parse(text) as Envelope;
    if (origin !== this.origin) this.emitter.emit('event', event);
  }
}
