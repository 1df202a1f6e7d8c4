import { Injectable } from '@nestjs/common';
import { rowsForUnmeasured, type Refusal, type ResultRow, type TrialSpec } from '@octet/domain';
import type { GridDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { gridOf, type GridEntry } from './grid.js';

const waiting: Refusal = { code: 'waiting', message: 'Waiting: the trial is in its lane.' };
const running: Refusal = { code: 'running', message: 'Running now: open the trial to watch it.' };
/** Verdicts looked at, newest first. */
const maxRows = 100_000;

/** Each row is unpacked once (a stored row may hold many kB of evidence), and only what a grid shows leaves the database. */
const verdictsQuery = `
  select seen.model, seen.device, seen.runtime, verdicts.batch, seen.recipe, trial_id as "trialId", verdicts.verdict,
         seen.speedup, seen.accuracy, seen."floatVariant", created_at as "recordedAt",
         case when jsonb_typeof(seen.reasons->0) = 'object'
              then jsonb_build_object('id', seen.reasons->0->'id', 'advice', seen.reasons->0->'advice') end as why
  from verdicts
  cross join lateral jsonb_to_record(row) as seen
    (model jsonb, device jsonb, runtime jsonb, recipe jsonb, speedup jsonb, accuracy jsonb, "floatVariant" text, reasons jsonb)
  order by id desc limit ${maxRows}`;
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
