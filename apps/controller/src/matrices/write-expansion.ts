import { createHash, randomUUID } from 'node:crypto';
import { rowsForRefusals, type Expansion, type TrialSpec } from '@octet/domain';
import { refusedCell } from '@octet/protocol';
import type { EntityManager } from 'typeorm';
import type { Ticket } from '../lanes/trial-store.js';
import { insertVerdicts } from '../verdicts/write-verdicts.js';

/**
 * Stores what a matrix expands to. Trials that are there already stay as they are; the rows of refused cells and the waiting
 * selectors are written anew. Answers the trials that are new.
 */
export async function writeExpansion(
  manager: EntityManager,
  matrixId: string,
  priority: number,
  expansion: Expansion,
): Promise<Ticket[]> {
  const tickets = await insertTrials(manager, matrixId, priority, expansion.trials);
  await manager.query('update matrices set refused = $2, waiting = $3 where id = $1', [
    matrixId,
    JSON.stringify(expansion.unsupported.map(refusedCell)),
    JSON.stringify(expansion.waiting),
  ]);
  await manager.query('delete from verdicts where matrix_id = $1 and trial_id is null', [matrixId]);
  const rows = rowsForRefusals(expansion.unsupported, expansion.trials);
  await insertVerdicts(
    manager,
    rows.map((row) => ({ source: { matrixId, trialId: null }, row })),
  );
  return tickets;
}

/** Puts new trials beside those that the matrix has; answers their tickets. */
export async function insertTrials(
  manager: EntityManager,
  matrixId: string,
  priority: number,
  specs: readonly TrialSpec[],
): Promise<Ticket[]> {
  if (specs.length === 0) return [];
  const tickets = await manager.query<Ticket[]>(
    `insert into trials (id, matrix_id, cell_key, device_class, runtime, spec, priority, state)
     select id, $1, cell_key, spec->>'deviceClass', spec->>'runtime', spec, $2, 'queued'
     from unnest($3::uuid[], $4::text[], $5::jsonb[]) as cell (id, cell_key, spec)
     on conflict (matrix_id, cell_key) do nothing
     returning id, ticket, device_class as "deviceClass", runtime, priority`,
    [matrixId, priority, specs.map(() => randomUUID()), specs.map(cellKey), specs.map((spec) => JSON.stringify(spec))],
  );
  await manager.query(
    `insert into trial_events (trial_id, state, attempt, reason) select id, 'queued', 0, 'submitted' from unnest($1::uuid[]) id`,
    [tickets.map((ticket) => ticket.id)],
  );
  return tickets;
}

/** The same cell has the same key whenever it is expanded, whatever its model and dataset are called by then. */
function cellKey(spec: TrialSpec): string {
  const cell = { ...spec, model: spec.model.sha256, dataset: spec.dataset?.sha256 ?? null };
  return createHash('sha256').update(JSON.stringify(cell)).digest('hex');
}
