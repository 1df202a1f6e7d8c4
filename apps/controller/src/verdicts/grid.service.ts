import { Injectable } from '@nestjs/common';
import { rowsForUnmeasured, type Refusal, type ResultRow, type TrialSpec } from '@octet/domain';
import type { GridDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { gridOf, type GridEntry } from './grid.js';

const waiting: Refusal = { code: 'waiting', message: 'Waiting: the trial is in its lane.' };
const running: Refusal = { code: 'running', message: 'Running now: open the trial to watch it.' };
/** Verdicts looked at, newest first. */
const maxRows = 100_000;

/** Reads the columns of each verdict that a grid shows; reasons and times stay in the database. */
const verdictsQuery = `
  select row->'model' as model, row->'device' as device, row->'runtime' as runtime, batch, row->'recipe' as recipe,
         trial_id as "trialId", verdict, row->'speedup' as speedup, row->'accuracy' as accuracy,
         row->>'floatVariant' as "floatVariant",
         case when row->'reasons'->0 is null then null
              else jsonb_build_object('id', row->'reasons'->0->>'id', 'advice', row->'reasons'->0->>'advice') end as why,
         created_at as "recordedAt"
  from verdicts order by id desc limit ${maxRows}`;
const openQuery = `
  select id, state, spec from trials where state in ('queued', 'assigned') order by created_at desc limit ${maxRows}`;

type StoredEntry = Omit<GridEntry, 'recordedAt'> & { recordedAt: Date };

/** The newest verdict of every cell. */
@Injectable()
export class GridService {
  constructor(private readonly database: DataSource) {}

  async read(): Promise<GridDocument> {
    const [stored, open] = await Promise.all([
      this.database.query<StoredEntry[]>(verdictsQuery),
      this.database.query<{ id: string; state: string; spec: TrialSpec }[]>(openQuery),
    ]);
    const measured = stored.map((entry) => ({ ...entry, recordedAt: entry.recordedAt.toISOString() }));
    return gridOf([...open.flatMap(openEntries), ...measured]);
  }
}

function openEntries({ id, state, spec }: { id: string; state: string; spec: TrialSpec }): GridEntry[] {
  const rows = rowsForUnmeasured({ spec, device: null, runtime: null }, state === 'queued' ? waiting : running);
  return rows.map((row) => ({ ...row, trialId: id, why: firstReason(row), recordedAt: null }));
}

function firstReason({ reasons: [first] }: ResultRow): GridEntry['why'] {
  return first === undefined ? null : { id: first.id, advice: first.advice };
}
