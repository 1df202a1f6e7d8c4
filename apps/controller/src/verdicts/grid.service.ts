import { Injectable } from '@nestjs/common';
import { rowsForUnmeasured, type Refusal, type ResultRow, type TrialSpec } from '@octet/domain';
import type { GridDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { gridOf, type GridEntry } from './grid.js';

const waiting: Refusal = { code: 'waiting', message: 'Waiting: the trial is in its lane.' };
const running: Refusal = { code: 'running', message: 'Running now: open the trial to watch it.' };
/** Verdicts looked at: what was measured first, each newest first, so that a huge matrix that was cancelled crowds nothing out. */
const maxRows = 100_000;

/** Each row is unpacked once (a stored row may hold many kB of evidence), and only what a grid shows leaves the database. */
const verdictsQuery = `
  select seen.model, seen.device, seen.runtime, verdicts.batch, seen.recipe, trial_id as "trialId", verdicts.verdict,
         seen.speedup, seen.accuracy, seen."floatVariant", created_at as "recordedAt",
         case when jsonb_typeof(seen.reasons->0) = 'object'
              then jsonb_build_object('id', seen.reasons->0->'id', 'advice', seen.reasons->0->'advice') end as why
  from (select * from verdicts order by verdict = 'not-measured', id desc limit ${maxRows}) as verdicts
  cross join lateral jsonb_to_record(row) as seen
    (model jsonb, device jsonb, runtime jsonb, recipe jsonb, speedup jsonb, accuracy jsonb, "floatVariant" text, reasons jsonb)
  order by verdicts.verdict = 'not-measured', id desc`;
const openQuery = `
  select id, state, spec from trials where state in ('queued', 'assigned') order by position desc limit ${maxRows}`;

/**
 * Changes whenever the grid does, at a small part of its cost: rows of verdicts are only ever added and deleted (under new ids), and
 * an open trial shows nothing but its state.
 */
const versionQuery = `
  select (select coalesce(max(id), 0) || ' ' || count(*) from verdicts) || ' ' ||
         (select coalesce(md5(string_agg(id || state, ',' order by id)), '') from trials where state in ('queued', 'assigned'))
    as version`;

type StoredEntry = Omit<GridEntry, 'recordedAt'> & { recordedAt: Date };

/** The newest verdict of every cell. */
@Injectable()
export class GridService {
  /** The last grid read. A copy, not state: another controller's answer is the same. */
  private last: { version: string; grid: GridDocument } | null = null;

  constructor(private readonly database: DataSource) {}

  /** The version is read first: what changes in between makes the next reader read again. */
  async read(): Promise<GridDocument> {
    const [row] = await this.database.query<{ version: string }[]>(versionQuery);
    const version = row!.version;
    if (this.last?.version === version) return this.last.grid;
    const grid = await this.readAnew();
    this.last = { version, grid };
    return grid;
  }

  private async readAnew(): Promise<GridDocument> {
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
