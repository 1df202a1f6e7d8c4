import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { TrialRecord } from '@octet/domain';
import {
  controllerMessageSchema,
  routes,
  type AgentMessage,
  type ControllerMessage,
  type ResultAcknowledgement,
  type Slot,
} from '@octet/protocol';
import { cpuDevice, helloMessage, runtimeProbe, slot, trialRecord, type HelloMessage } from '@octet/testing';
import { WebSocket } from 'ws';
import { waitFor } from './wait-for.js';

export type Assigned = Extract<ControllerMessage, { type: 'trial.assigned' }>;

/** What the agent does with a trial: measure it at once, or nothing until the test says so. */
export type Manner = 'measure' | 'hold';

export interface ScriptedAgentOptions {
  url: string;
  token: string;
  agentId?: string;
  manner?: Manner;
  hello?: Partial<HelloMessage>;
}

/** An agent that speaks the real protocol over a real socket and plays given times. */
export class ScriptedAgent {
  readonly agentId: string;
  readonly messages: ControllerMessage[] = [];
  manner: Manner;
  acceptedResults = 0;
  private socket: WebSocket | null = null;
  /** The slots of the last hello. */
  offered: Slot[];

  constructor(private readonly options: ScriptedAgentOptions) {
    this.agentId = options.agentId ?? `agent-${randomUUID().slice(0, 8)}`;
    this.offered = options.hello?.slots ?? [];
    this.manner = options.manner ?? 'measure';
  }

  get assigned(): Assigned[] {
    return this.messages.filter((message) => message.type === 'trial.assigned');
  }

  get cancelled(): ControllerMessage[] {
    return this.messages.filter((message) => message.type === 'trial.cancel');
  }

  /** Dials and says hello; resolves with the welcome. */
  async connect(changes: Partial<HelloMessage> = {}): Promise<void> {
    const socket = new WebSocket(this.options.url.replace('http', 'ws') + routes.agentSocket, {
      headers: { authorization: `Bearer ${this.options.token}` },
    });
    this.socket = socket;
    const welcomed = this.messages.filter((message) => message.type === 'welcome').length;
    socket.on('message', (data) =>
      this.receive(controllerMessageSchema.parse(JSON.parse((data as Buffer).toString('utf8')))),
    );
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    const hello = helloMessage({ agentId: this.agentId, name: this.agentId, ...this.options.hello, ...changes });
    this.offered = hello.slots;
    this.send(hello);
    await waitFor(() => this.messages.filter((message) => message.type === 'welcome').length > welcomed, 'a welcome');
  }

  send(message: AgentMessage): void {
    this.socket?.send(JSON.stringify(message));
  }

  /** Like a pulled cable: the controller gets no goodbye. */
  cut(): void {
    this.socket?.terminate();
    this.socket = null;
  }

  /** The nth trial that was assigned to this agent (from 0). */
  async trial(index = 0): Promise<Assigned> {
    await waitFor(() => this.assigned.length > index, `trial ${index} for ${this.agentId}`);
    return this.assigned[index]!;
  }

  async report(trial: Assigned, record: TrialRecord = this.recordOf(trial)): Promise<ResultAcknowledgement> {
    const { trialId, attempt } = trial;
    const body = gzipSync(JSON.stringify({ trialId, attempt, agentId: this.agentId, record }));
    const response = await fetch(this.options.url + routes.results, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.options.token}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body,
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    const acknowledgement = (await response.json()) as ResultAcknowledgement;
    if (acknowledgement.accepted) this.acceptedResults += 1;
    return acknowledgement;
  }

  /** A decided record of the trial, measured on its slot: INT8 twice as fast. */
  recordOf(trial: Assigned): TrialRecord {
    const measuring = this.offered.find((candidate) => candidate.slotId === trial.slotId);
    return trialRecord({ spec: trial.spec, device: measuring?.device ?? cpuDevice() });
  }

  private receive(message: ControllerMessage): void {
    this.messages.push(message);
    if (message.type !== 'trial.assigned') return;
    const { trialId, attempt, slotId } = message;
    this.send({ type: 'trial.accepted', trialId, attempt, slotId });
    if (this.manner === 'measure')
      void sleep(1)
        .then(() => this.report(message))
        .catch(() => undefined);
  }
}

/** A slot with a device class of its own, so that a test's lanes are its own. */
export function slotOfClass(name: string, slotId = 'cpu') {
  return slot({ slotId, device: cpuDevice({ name }), runtimes: [runtimeProbe()] });
}
