import { Injectable } from '@nestjs/common';
import type { Refusal, TrialSpec } from '@octet/domain';
import type { TrialProgress } from '@octet/protocol';
import { DataSource } from 'typeorm';

/** What a lane needs to know of a trial to queue it. */
export interface Ticket {
  id: string;
  ticket: number;
  deviceClass: string;
  runtime: string;
  priority: number;
}

export interface Assignment {
  trialId: string;
  matrixId: string;
  attempt: number;
  spec: TrialSpec;
  noiseFloor: number | null;
}

export type AssignOutcome =
  | { kind: 'assigned'; assignment: Assignment }
  /** Another agent (or an earlier life of this lane) is on it; its lease runs out in `leaseLeftMs` unless it is renewed. */
  | { kind: 'elsewhere'; leaseLeftMs: number }
  /** The agent was told to take nothing more. */
  | { kind: 'off-duty' }
  /** Ended, or queued anew under a later ticket. */
  | { kind: 'gone' };

export interface AttemptKey {
  trialId: string;
  attempt: number;
}

const ticketColumns = `id, ticket, device_class as "deviceClass", runtime, priority`;

/** Every change of a trial's state, each one guarded UPDATE with its line in the history. */
@Injectable()
export class TrialStore {
  constructor(private readonly database: DataSource) {}

  /** Raises `attempt` in the same UPDATE that assigns: whoever measured before is fenced off from here on. */
  async assign(id: string, ticket: number, agentId: string, slotId: string, leaseMs: number): Promise<AssignOutcome> {
    const rows = await this.database.query<Assignment[]>(
      `with moved as (
         update trials set attempt = attempt + 1, state = 'assigned', agent_id = $3, slot_id = $4, lease_at = now(),
                           assigned_at = now(), progress = null, error = null
         where id = $1 and ticket = $2
           and (state = 'queued' or (state = 'assigned' and lease_at < now() - $5 * interval '1 millisecond'))
           and exists (select 1 from agents where agents.id = $3 and duty = 'working')
         returning id, matrix_id, attempt, spec, device_class
       ), event as (
         insert into trial_events (trial_id, state, attempt, agent_id, reason)
         select id, 'assigned', attempt, $3, 'assigned' from moved
       )
       select moved.id as "trialId", matrix_id as "matrixId", attempt, spec, noise_floor as "noiseFloor"
       from moved left join device_classes using (device_class)`,
      [id, ticket, agentId, slotId, leaseMs],
    );
    const assignment = rows[0];
    if (assignment !== undefined) return { kind: 'assigned', assignment };
    return this.whyNotAssigned(id, ticket, leaseMs);
  }

  private async whyNotAssigned(id: string, ticket: number, leaseMs: number): Promise<AssignOutcome> {
    const [open] = await this.database.query<{ leaseLeftMs: number | null }[]>(
      `select extract(epoch from lease_at - now())::float8 * 1000 + $3 as "leaseLeftMs"
       from trials where id = $1 and ticket = $2 and state in ('queued', 'assigned')`,
      [id, ticket, leaseMs],
    );
    if (open === undefined) return { kind: 'gone' };
    return open.leaseLeftMs === null ? { kind: 'off-duty' } : { kind: 'elsewhere', leaseLeftMs: open.leaseLeftMs };
  }

  /** An agent says that it is (still) measuring: true if that attempt is the current one and may go on. */
  async adopt(key: AttemptKey, agentId: string, slotId: string): Promise<{ matrixId: string } | null> {
    const rows = await this.database.query<{ matrixId: string }[]>(
      `with moved as (
         update trials set state = 'assigned', slot_id = $4, lease_at = now()
         where id = $1 and attempt = $2 and agent_id = $3 and state in ('assigned', 'queued')
         returning id, matrix_id, attempt
       ), event as (
         insert into trial_events (trial_id, state, attempt, agent_id, reason)
         select id, 'assigned', attempt, $3, 'agent-returned' from moved
       )
       select matrix_id as "matrixId" from moved`,
      [key.trialId, key.attempt, agentId, slotId],
    );
    return rows[0] ?? null;
  }

  /** Back to the queue, unmeasured. False when the attempt is no longer current, or was seen alive within `silentMs`. */
  async release(key: AttemptKey, reason: string, message: string | null, silentMs = 0): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `with moved as (
         update trials set state = 'queued', lease_at = null, progress = null
         where id = $1 and attempt = $2 and state = 'assigned'
           and lease_at <= now() - $5 * interval '1 millisecond'
         returning id, attempt, agent_id
       )
       insert into trial_events (trial_id, state, attempt, agent_id, reason, message)
       select id, 'queued', attempt, agent_id, $3, $4 from moved returning id`,
      [key.trialId, key.attempt, reason, message, silentMs],
    );
    return rows.length > 0;
  }

  /** A new ticket for a trial that is still open; null when it has ended or was given one by somebody else. */
  async renewTicket(id: string, ticket: number): Promise<Ticket | null> {
    const [rows] = await this.database.query<[Ticket[], number]>(
      `update trials set ticket = ticket + 1
       where id = $1 and ticket = $2 and state in ('queued', 'assigned') returning ${ticketColumns}`,
      [id, ticket],
    );
    return rows[0] ?? null;
  }

  /** Notes that agents are alive on these attempts; answers those that are not current any more. */
  async renewLeases(keys: readonly AttemptKey[]): Promise<AttemptKey[]> {
    if (keys.length === 0) return [];
    const [rows] = await this.database.query<[{ id: string }[], number]>(
      `update trials set lease_at = now()
       from unnest($1::uuid[], $2::int[]) as live (trial_id, live_attempt)
       where id = trial_id and attempt = live_attempt and state = 'assigned' returning id`,
      [keys.map((key) => key.trialId), keys.map((key) => key.attempt)],
    );
    const current = new Set(rows.map((row) => row.id));
    return keys.filter((key) => !current.has(key.trialId));
  }

  async saveProgress(key: AttemptKey, progress: TrialProgress): Promise<void> {
    await this.database.query(`update trials set progress = $3 where id = $1 and attempt = $2 and state = 'assigned'`, [
      key.trialId,
      key.attempt,
      JSON.stringify(progress),
    ]);
  }

  /** Open trials that nobody is seen to work on, by id after `afterId`: the reconciler compares them with the lanes. */
  async unattended(leaseMs: number, afterId: string, limit: number): Promise<Ticket[]> {
    return this.database.query<Ticket[]>(
      `select ${ticketColumns} from trials
       where (state = 'queued' or (state = 'assigned' and lease_at < now() - $1 * interval '1 millisecond')) and id > $2
       order by id limit $3`,
      [leaseMs, afterId, limit],
    );
  }

  /** Which of an agent's spooled results nobody wants any more. */
  async useless(keys: readonly AttemptKey[]): Promise<AttemptKey[]> {
    if (keys.length === 0) return [];
    const rows = await this.database.query<AttemptKey[]>(
      `select trial_id as "trialId", spooled_attempt as attempt
       from unnest($1::text[], $2::int[]) as spooled (trial_id, spooled_attempt)
       left join trials on id::text = trial_id
       where id is null or attempt <> spooled_attempt or state in ('done', 'cancelled')`,
      [keys.map((key) => key.trialId), keys.map((key) => key.attempt)],
    );
    return rows;
  }
}

export interface TrialFailure {
  error: Refusal;
  retry: boolean;
}
