import { Injectable } from '@nestjs/common';
import type { LaneDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { laneDocuments, type LaneRow } from './lane-view.js';

/** How many ended trials tell how long a lane's trials take. */
const rememberedTrials = 50;

/** Reads the lanes: those of every class that was ever here, and those that open trials wait in. */
@Injectable()
export class LaneStore {
  constructor(private readonly database: DataSource) {}

  async list(silentMs: number): Promise<LaneDocument[]> {
    return laneDocuments(await this.database.query<LaneRow[]>(lanesQuery, [silentMs, rememberedTrials]));
  }
}

const lanesQuery = `
  with open_trials as (
    select * from trials where state in ('queued', 'assigned')
  ), lane as (
    select distinct device_class, runtime->>'name' as runtime from device_classes, jsonb_array_elements(runtimes) runtime
    union select distinct device_class, runtime from open_trials
  ), counted as (
    select device_class, runtime, count(*) filter (where state = 'queued')::int as queued,
           count(*) filter (where state = 'assigned')::int as assigned,
           avg((spec->'plan'->>'maxSeconds')::float8) as planned_seconds
    from open_trials group by 1, 2
  ), slots as (
    select slot->>'deviceClass' as device_class, count(*)::int as connected,
           count(*) filter (where duty = 'working')::int as working
    from agents, jsonb_array_elements(slots) slot
    where controller_id is not null and last_seen_at > now() - $1 * interval '1 millisecond' group by 1
  ), busy as (
    select device_class, count(distinct (agent_id, slot_id))::int as busy
    from open_trials where state = 'assigned' group by 1
  )
  select lane.device_class as "deviceClass", lane.runtime,
         coalesce(device_classes.device->>'name', lane.device_class) as "deviceName",
         coalesce(queued, 0) as queued, coalesce(assigned, 0) as assigned, planned_seconds as "plannedSeconds",
         ended.mean_seconds as "meanSeconds", coalesce(connected, 0) as "connectedSlots",
         coalesce(working, 0) as "workingSlots", coalesce(busy, 0) as "busySlots", coalesce(upcoming.next, '[]') as next
  from lane left join counted using (device_class, runtime) left join device_classes using (device_class)
  left join slots using (device_class) left join busy using (device_class)
  left join lateral (
    select avg(seconds)::float8 as mean_seconds from (
      select extract(epoch from ended_at - assigned_at) as seconds from trials
      where state = 'done' and trials.device_class = lane.device_class and trials.runtime = lane.runtime
        and assigned_at is not null
      order by ended_at desc limit $2) recent
  ) ended on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('trialId', id, 'matrix', matrix, 'model', model, 'batch', batch,
                                        'priority', priority) order by priority, submitted) as next
    from (
      select open_trials.id, jsonb_build_object('id', matrices.id, 'name', matrices.name) as matrix,
             open_trials.spec->'model'->>'name' as model, (open_trials.spec->>'batch')::int as batch,
             open_trials.priority, (select min(trial_events.id) from trial_events where trial_id = open_trials.id) as submitted
      from open_trials join matrices on matrices.id = matrix_id
      where open_trials.state = 'queued' and open_trials.device_class = lane.device_class
        and open_trials.runtime = lane.runtime
      order by open_trials.priority, submitted limit 3) first_trials
  ) upcoming on true
  order by 1, 2`;
