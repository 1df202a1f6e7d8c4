import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { agentRevoked, protocolVersion, type AgentMessage, type Duty } from '@octet/protocol';
import { CONFIG, type ControllerConfig } from '../config.js';
import { SlotsService } from '../lanes/slots.service.js';
import { TrialStore } from '../lanes/trial-store.js';
import { EventBus } from '../live/event-bus.js';
import { ReexpansionService } from '../matrices/reexpansion.service.js';
import type { AgentConnection } from './agent-connection.js';
import { AgentStore } from './agent-store.js';

type Message<T extends AgentMessage['type']> = Extract<AgentMessage, { type: T }>;

/** How often a running trial's progress goes to Postgres; the live socket gets every one. */
const saveProgressEveryMs = 2000;

/** What agents say, and what is done about it. */
@Injectable()
export class FleetService implements OnModuleDestroy {
  private readonly connections = new Map<string, AgentConnection>();
  private readonly logger = new Logger('fleet');
  private readonly sightings: NodeJS.Timeout;

  constructor(
    @Inject(CONFIG) private readonly config: ControllerConfig,
    private readonly agents: AgentStore,
    private readonly slots: SlotsService,
    private readonly trials: TrialStore,
    private readonly matrices: ReexpansionService,
    private readonly bus: EventBus,
  ) {
    this.sightings = setInterval(() => this.noteSeen(), config.heartbeatMs).unref();
    bus.on((event) => {
      if (event.type === 'agent.moved' && event.controllerId !== config.id) this.drop(event.agentId);
      if (event.type === 'agent.duty') this.heed(event.agentId, event.duty);
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.sightings);
  }

  async receive(connection: AgentConnection, message: AgentMessage): Promise<void> {
    if (message.type === 'hello') return this.hello(connection, message);
    const { agentId } = connection;
    if (agentId === null) return connection.refuse('hello-missing', 'say hello first');
    const worker = 'trialId' in message ? this.slots.running(agentId, message) : null;
    switch (message.type) {
      case 'trial.accepted':
        return worker?.accepted(message);
      case 'trial.progress':
        return this.progress(connection, message);
      case 'devices.readings':
        return this.noteReadings(connection, agentId, message);
      case 'trial.handback':
        return worker?.run?.settle({ kind: 'handback', reason: message.reason });
      case 'trial.failed':
        return worker?.run?.settle({ kind: 'failed', error: message.error, retry: message.retry });
    }
  }

  async leave(connection: AgentConnection): Promise<void> {
    const { agentId } = connection;
    if (agentId === null || this.connections.get(agentId) !== connection) return;
    this.connections.delete(agentId);
    this.slots.detach(agentId);
    this.logger.log(`${connection.name} left`);
    this.bus.publish({ type: 'agent.state', agentId, name: connection.name, state: 'lost' });
    await this.agents.left(agentId, this.config.id);
  }

  private async hello(connection: AgentConnection, hello: Message<'hello'>): Promise<void> {
    if (hello.protocolVersion !== protocolVersion) {
      return connection.refuse(
        'protocol-version',
        `this controller speaks version ${protocolVersion}, the agent ${hello.protocolVersion}: update the older one`,
      );
    }
    if ((await this.agents.dutyOf(hello.agentId)) === 'revoked') return refuseRevoked(connection, hello.name);
    this.replace(hello.agentId, connection);
    connection.agentId = hello.agentId;
    connection.name = hello.name;
    this.connections.set(hello.agentId, connection);
    const { news, duty } = await this.agents.arrived(hello, this.config.id);
    this.bus.publish({ type: 'agent.moved', agentId: hello.agentId, controllerId: this.config.id });
    connection.send({ type: 'welcome', protocolVersion, heartbeatMs: this.config.heartbeatMs });
    for (const key of await this.trials.useless(hello.spooled)) connection.send({ type: 'result.settled', ...key });
    await this.slots.attach(hello, (message) => connection.send(message), duty);
    this.logger.log(`${hello.name} is here with ${hello.slots.length} slots${duty === 'working' ? '' : `, ${duty}`}`);
    this.bus.publish({ type: 'agent.state', agentId: hello.agentId, name: hello.name, state: 'connected' });
    if (news) await this.matrices.reexpandWaiting();
  }

  /** Whoever has a socket here is alive: other controllers and the pages go by Postgres. What was told elsewhere comes back. */
  private noteSeen(): void {
    const here = [...this.connections].map(([id, connection]) => ({ id, readings: connection.readings }));
    for (const connection of this.connections.values()) connection.readings = {};
    this.agents.seen(here).then(
      (agents) => agents.forEach(({ id, duty }) => this.heed(id, duty)),
      () => undefined,
    );
  }

  private noteReadings(connection: AgentConnection, agentId: string, { slots }: Message<'devices.readings'>): void {
    for (const { slotId, reading } of slots) connection.readings[slotId] = reading;
    this.bus.publish({ type: 'agent.readings', agentId, slots });
  }

  /** Carries out what an operator told the agent, if its socket is here. */
  private heed(agentId: string, duty: Duty): void {
    this.slots.setDuty(agentId, duty);
    const connection = this.connections.get(agentId);
    if (duty !== 'revoked' || connection === undefined) return;
    this.connections.delete(agentId);
    refuseRevoked(connection, connection.name);
    this.bus.publish({ type: 'agent.state', agentId, name: connection.name, state: 'lost' });
    this.agents.left(agentId, this.config.id).catch(() => undefined);
  }

  /** The same agent over a new socket: the old one is dead even if nobody has noticed. */
  private replace(agentId: string, connection: AgentConnection): void {
    const old = this.connections.get(agentId);
    if (old !== undefined && old !== connection) old.socket.terminate();
  }

  private async progress(connection: AgentConnection, message: Message<'trial.progress'>): Promise<void> {
    const { trialId, attempt, progress } = message;
    const run = connection.agentId === null ? null : this.slots.running(connection.agentId, message)?.run;
    if (run === null || run === undefined) {
      return connection.send({
        type: 'trial.cancel',
        trialId,
        attempt,
        reason: 'this attempt does not count any more',
      });
    }
    run.accepted = true;
    this.bus.publish({ type: 'trial.progress', trialId, matrixId: run.matrixId, attempt, progress });
    if (Date.now() - run.progressSavedMs < saveProgressEveryMs) return;
    run.progressSavedMs = Date.now();
    await this.trials.saveProgress(run, progress);
  }

  /** The agent is at another controller now. */
  private drop(agentId: string): void {
    const connection = this.connections.get(agentId);
    this.connections.delete(agentId);
    connection?.socket.terminate();
  }
}

function refuseRevoked(connection: AgentConnection, name: string): void {
  connection.refuse(agentRevoked, `an operator revoked ${name}: \`octet agents resume\` lets it in again`);
}
