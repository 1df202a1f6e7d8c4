import { Inject, Injectable, Logger } from '@nestjs/common';
import { OctetError } from '@octet/domain';
import { agentRevoked, dutyOfOrder, type AgentDocument, type AgentOrder, type Duty } from '@octet/protocol';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type ControllerConfig } from '../config.js';
import { EventBus } from '../live/event-bus.js';
import { AgentStore } from './agent-store.js';

interface TakenBack {
  trialId: string;
  matrixId: string;
  attempt: number;
}

/** What operators tell agents. Postgres holds it; the controller with the agent's socket carries it out. */
@Injectable()
export class DutyService {
  private readonly logger = new Logger('fleet');

  constructor(
    @Inject(CONFIG) private readonly config: ControllerConfig,
    private readonly database: DataSource,
    private readonly agents: AgentStore,
    private readonly bus: EventBus,
  ) {}

  /** @throws OctetError `agent-unknown`, `agent-ambiguous`. */
  async order(reference: string, order: AgentOrder): Promise<AgentDocument> {
    const { id: agentId, name } = await this.agents.find(reference);
    const duty = dutyOfOrder[order];
    const takenBack = await this.database.transaction((manager) => write(manager, agentId, duty));
    this.logger.log(`${name} (${agentId}): ${duty}`);
    this.bus.publish({ type: 'agent.duty', agentId, name, duty });
    for (const trial of takenBack) this.bus.publish({ type: 'trial.state', ...trial, state: 'queued', agentId: null });
    return this.documentOf(agentId);
  }

  private async documentOf(agentId: string): Promise<AgentDocument> {
    const agents = await this.agents.list(3 * this.config.heartbeatMs + 2000);
    const agent = agents.find(({ id }) => id === agentId);
    if (agent === undefined) throw new OctetError('agent-unknown', `No agent ${agentId} here any more.`);
    return agent;
  }
}

/** Told the same twice, it stays as it was. */
async function write(manager: EntityManager, agentId: string, duty: Duty): Promise<TakenBack[]> {
  await manager.query('update agents set duty = $2, duty_since = now() where id = $1 and duty <> $2', [agentId, duty]);
  return duty === 'revoked' ? takeBack(manager, agentId) : [];
}

/**
 * What a revoked agent ran is queued again, and belongs to nobody: its result is stale from here on, whoever else is
 * assigned next.
 */
function takeBack(manager: EntityManager, agentId: string): Promise<TakenBack[]> {
  return manager.query<TakenBack[]>(
    `with held as (
       select id, state from trials where agent_id = $1 and state in ('queued', 'assigned') for update
     ), moved as (
       update trials set state = 'queued', agent_id = null, slot_id = null, lease_at = null, progress = null
       from held where trials.id = held.id returning trials.id, matrix_id, attempt, held.state as before
     ), event as (
       insert into trial_events (trial_id, state, attempt, agent_id, reason, message)
       select id, 'queued', attempt, $1, $2, 'An operator revoked the agent.' from moved where before = 'assigned'
     )
     select id as "trialId", matrix_id as "matrixId", attempt from moved where before = 'assigned'`,
    [agentId, agentRevoked],
  );
}
