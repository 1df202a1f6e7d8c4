import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { AgentMessage, Duty, Slot } from '@octet/protocol';
import { CONFIG, type ControllerConfig } from '../config.js';
import { EventBus, type BusEvent } from '../live/event-bus.js';
import { Dispatcher } from './dispatcher.js';
import { LaneQueues } from './lane-queues.js';
import { SlotWorker, type Send } from './slot-worker.js';
import type { AttemptKey } from './trial-store.js';

type Hello = Extract<AgentMessage, { type: 'hello' }>;

/** The slots of the agents that are connected to this controller, or were a moment ago. */
@Injectable()
export class SlotsService implements OnModuleDestroy {
  private readonly workers = new Map<string, SlotWorker>();
  private readonly stopListening: () => void;

  constructor(
    @Inject(CONFIG) private readonly config: ControllerConfig,
    private readonly queues: LaneQueues,
    private readonly dispatcher: Dispatcher,
    bus: EventBus,
  ) {
    this.stopListening = bus.on((event) => this.hear(event));
  }

  /** Offers an agent's slots to their lanes; slots that it no longer has are closed. */
  async attach(hello: Hello, send: Send, duty: Duty): Promise<void> {
    const offered = new Set(hello.slots.map((slot) => slot.slotId));
    for (const worker of this.ofAgent(hello.agentId)) if (!offered.has(worker.slot.slotId)) void worker.close();
    for (const slot of hello.slots) await this.workerFor(hello.agentId, slot).attach(send, hello, duty === 'working');
    this.refuseUnknown(hello, offered, send);
  }

  detach(agentId: string): void {
    for (const worker of this.ofAgent(agentId)) worker.detach();
  }

  /** Off duty a slot ends what it runs and takes nothing more; a revoked agent's run is over at once. */
  setDuty(agentId: string, duty: Duty): void {
    for (const worker of this.ofAgent(agentId)) {
      if (duty === 'revoked') void worker.close({ kind: 'handback', reason: 'an operator revoked the agent' });
      else worker.setOnDuty(duty === 'working');
    }
  }

  /** The worker that runs this very attempt for this agent. */
  running(agentId: string, key: AttemptKey): SlotWorker | null {
    return this.ofAgent(agentId).find((worker) => worker.run?.is(key) === true) ?? null;
  }

  all(): SlotWorker[] {
    return [...this.workers.values()];
  }

  /** Nothing is settled: agents measure on, Bull's jobs stay active, and the next life of the controller takes over. */
  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    const workers = this.all();
    this.workers.clear();
    await Promise.all(workers.map((worker) => worker.abandon()));
  }

  private ofAgent(agentId: string): SlotWorker[] {
    return this.all().filter((worker) => worker.agentId === agentId);
  }

  private workerFor(agentId: string, slot: Slot): SlotWorker {
    const key = `${agentId}/${slot.slotId}`;
    const known = this.workers.get(key);
    if (known !== undefined && sameLanes(known.slot, slot)) return known;
    void known?.close();
    const times = { graceMs: this.config.agentGraceMs, acceptMs: this.config.acceptMs };
    const worker = new SlotWorker(agentId, slot, this.queues, this.dispatcher, times, (closed) => {
      if (this.workers.get(key) === closed) this.workers.delete(key);
    });
    this.workers.set(key, worker);
    return worker;
  }

  private refuseUnknown(hello: Hello, offered: ReadonlySet<string>, send: Send): void {
    for (const { slotId, trialId, attempt } of hello.running) {
      if (!offered.has(slotId))
        send({ type: 'trial.cancel', trialId, attempt, reason: `this agent has no slot ${slotId}` });
    }
  }

  private hear(event: BusEvent): void {
    if (event.type === 'trial.settled') {
      const worker = this.all().find((candidate) => candidate.run?.trialId === event.trialId);
      if (event.reason === 'cancelled') worker?.cancel('the matrix was cancelled');
      else worker?.run?.settle({ kind: 'settled' });
    } else if (event.type === 'agent.moved' && event.controllerId !== this.config.id) {
      for (const worker of this.ofAgent(event.agentId)) void worker.close();
    }
  }
}

function sameLanes(a: Slot, b: Slot): boolean {
  const lanes = (slot: Slot) => [slot.deviceClass, ...slot.runtimes.map((runtime) => runtime.name).sort()].join('|');
  return lanes(a) === lanes(b);
}
