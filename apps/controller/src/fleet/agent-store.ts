import { Injectable } from '@nestjs/common';
import { defaultNoiseFloor, OctetError, type Device, type RuntimeProbe } from '@octet/domain';
import type { AgentDocument, AgentMessage, DeviceClassDocument, DeviceReading, Duty, Slot } from '@octet/protocol';
import { DataSource } from 'typeorm';

type Hello = Extract<AgentMessage, { type: 'hello' }>;

/** An agent that is here, with what its devices told since the last sighting. */
export interface Sighting {
  id: string;
  readings: Record<string, DeviceReading>;
}

/** Agents and the device classes they announce, in Postgres. */
@Injectable()
export class AgentStore {
  constructor(private readonly database: DataSource) {}

  /** What an operator has told the agent; `working` for one that was never here. */
  async dutyOf(agentId: string): Promise<Duty> {
    const [agent] = await this.database.query<{ duty: Duty }[]>('select duty from agents where id = $1', [agentId]);
    return agent?.duty ?? 'working';
  }

  /** `news`: a class, or a runtime of a known class, is new to this fleet. Draining ends with the process that drained. */
  async arrived(hello: Hello, controllerId: string): Promise<{ news: boolean; duty: Duty }> {
    const [agent] = await this.database.query<[{ duty: Duty }]>(
      `insert into agents (id, name, version, slots, facts, controller_id, life_id, last_seen_at)
       values ($1, $2, $3, $4, $5, $6, $7, now())
       on conflict (id) do update set name = excluded.name, version = excluded.version, slots = excluded.slots,
         facts = excluded.facts, controller_id = excluded.controller_id, last_seen_at = now(),
         readings = '{}', life_id = coalesce(excluded.life_id, agents.life_id),
         duty = case when ${drainEnds} then 'working' else agents.duty end,
         duty_since = case when ${drainEnds} then now() else agents.duty_since end
       returning duty`,
      [
        hello.agentId,
        hello.name,
        hello.version,
        JSON.stringify(hello.slots),
        JSON.stringify(hello.facts),
        controllerId,
        hello.lifeId,
      ],
    );
    let news = false;
    for (const slot of hello.slots) news = (await this.announceClass(slot)) || news;
    return { news, duty: agent.duty };
  }

  async left(agentId: string, controllerId: string): Promise<void> {
    await this.database.query(
      'update agents set controller_id = null, last_seen_at = now() where id = $1 and controller_id = $2',
      [agentId, controllerId],
    );
  }

  /** Notes that agents are here; answers what each was told last, by whichever controller. */
  async seen(agents: readonly Sighting[]): Promise<{ id: string; duty: Duty }[]> {
    if (agents.length === 0) return [];
    const [rows] = await this.database.query<[{ id: string; duty: Duty }[], number]>(
      `update agents set last_seen_at = now(), readings = agents.readings || seen.readings
       from unnest($1::text[], $2::jsonb[]) as seen (agent_id, readings) where id = agent_id returning id, duty`,
      [agents.map(({ id }) => id), agents.map(({ readings }) => JSON.stringify(readings))],
    );
    return rows;
  }

  /** The agent of that id, else the only one of that name. @throws OctetError `agent-unknown`, `agent-ambiguous`. */
  async find(reference: string): Promise<{ id: string; name: string }> {
    const found = await this.database.query<{ id: string; name: string }[]>(
      `select id, name from agents where id = $1 or (name = $1 and not exists (select 1 from agents where id = $1)) order by id`,
      [reference],
    );
    const [only, second] = found;
    if (only === undefined) {
      throw new OctetError('agent-unknown', `No agent ${reference} here. \`octet agents\` lists them.`);
    }
    if (second === undefined) return only;
    const ids = found.map((agent) => agent.id).join(', ');
    throw new OctetError(
      'agent-ambiguous',
      `${found.length} agents are called ${reference}: give the id, one of ${ids}.`,
    );
  }

  /** `connected` needs a controller that has seen the agent within `silentMs`: a controller that died says nothing. */
  async list(silentMs: number): Promise<AgentDocument[]> {
    const rows = await this.database.query<AgentRow[]>(
      `select id, name, version, slots, facts, last_seen_at as "lastSeenAt", duty, duty_since as "dutySince", readings,
              controller_id is not null and last_seen_at > now() - $1 * interval '1 millisecond' as connected,
              coalesce((select jsonb_object_agg(slot_id, jsonb_build_object('trialId', trials.id, 'attempt', attempt))
                        from trials where agent_id = agents.id and state = 'assigned'), '{}') as running
       from agents order by name, id`,
      [silentMs],
    );
    return rows.map(agentOf);
  }

  async classes(silentMs: number): Promise<DeviceClassDocument[]> {
    const rows = await this.database.query<ClassRow[]>(
      `select device_class as "deviceClass", device, runtimes, coalesce(noise_floor, $2) as "noiseFloor",
              last_seen_at as "lastSeenAt",
              (select count(*)::int ${slotsOfClass}) as "connectedSlots",
              (select count(*)::int ${slotsOfClass} and duty = 'working') as "workingSlots"
       from device_classes order by device_class`,
      [silentMs, defaultNoiseFloor],
    );
    return rows.map(({ device, lastSeenAt, ...rest }) => ({
      ...rest,
      name: device.name,
      architecture: device.architecture,
      lastSeenAt: lastSeenAt.toISOString(),
    }));
  }

  private async announceClass(slot: Slot): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const [known] = await manager.query<{ runtimes: RuntimeProbe[] }[]>(
        'select runtimes from device_classes where device_class = $1 for update',
        [slot.deviceClass],
      );
      const runtimes = mergeRuntimes(known?.runtimes ?? [], slot.runtimes);
      await manager.query(
        `insert into device_classes (device_class, device, runtimes, last_seen_at) values ($1, $2, $3, now())
         on conflict (device_class) do update set device = excluded.device, runtimes = excluded.runtimes, last_seen_at = now()`,
        [slot.deviceClass, JSON.stringify(slot.device), JSON.stringify(runtimes)],
      );
      return known === undefined || runtimes.length > known.runtimes.length;
    });
  }
}

const drainEnds = `agents.duty = 'draining' and excluded.life_id is distinct from agents.life_id and excluded.life_id is not null`;

const slotsOfClass = `from agents, jsonb_array_elements(slots) slot
               where controller_id is not null and agents.last_seen_at > now() - $1 * interval '1 millisecond'
                 and slot->>'deviceClass' = device_class`;

interface AgentRow {
  id: string;
  name: string;
  version: string;
  slots: Slot[];
  facts: Record<string, unknown>;
  lastSeenAt: Date;
  duty: Duty;
  dutySince: Date | null;
  readings: Record<string, DeviceReading>;
  connected: boolean;
  running: Record<string, { trialId: string; attempt: number }>;
}

interface ClassRow {
  deviceClass: string;
  device: Device;
  runtimes: RuntimeProbe[];
  noiseFloor: number;
  lastSeenAt: Date;
  connectedSlots: number;
  workingSlots: number;
}

function agentOf(row: AgentRow): AgentDocument {
  const { id, name, version, facts, connected, running, readings, duty } = row;
  const slots = row.slots.map((slot) => ({
    ...slot,
    running: running[slot.slotId] ?? null,
    reading: connected ? (readings[slot.slotId] ?? null) : null,
  }));
  return {
    id,
    name,
    version,
    state: connected ? 'connected' : 'lost',
    duty,
    dutySince: row.dutySince?.toISOString() ?? null,
    lastSeenAt: row.lastSeenAt.toISOString(),
    slots,
    facts,
  };
}

/** Every runtime and version that the class has been seen with. */
function mergeRuntimes(known: readonly RuntimeProbe[], offered: readonly RuntimeProbe[]): RuntimeProbe[] {
  const merged = new Map(known.map((probe) => [`${probe.name} ${probe.version}`, probe]));
  for (const probe of offered) merged.set(`${probe.name} ${probe.version}`, probe);
  return [...merged.values()];
}
