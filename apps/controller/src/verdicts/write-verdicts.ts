import type { ResultRow } from '@octet/domain';
import type { EntityManager } from 'typeorm';

export interface VerdictSource {
  matrixId: string;
  trialId: string | null;
  /** Noise floor that the rows were judged with; left out where nothing was measured. */
  noiseFloor?: number;
}

/** Replaces the rows of a trial. */
export async function replaceTrialVerdicts(
  manager: EntityManager,
  source: VerdictSource & { trialId: string },
  rows: readonly ResultRow[],
): Promise<void> {
  await manager.query('delete from verdicts where trial_id = $1', [source.trialId]);
  await insertVerdicts(
    manager,
    rows.map((row) => ({ source, row })),
  );
}

/** One statement whatever the number of rows. */
export async function insertVerdicts(
  manager: EntityManager,
  entries: readonly { source: VerdictSource; row: ResultRow }[],
): Promise<void> {
  if (entries.length === 0) return;
  await manager.query(
    `insert into verdicts (matrix_id, trial_id, model_name, model_sha256, device_class, runtime, batch, verdict, row,
                           noise_floor)
     select matrix_id, trial_id, row->'model'->>'name', row->'model'->>'sha256', row->'device'->>'class',
            row->'runtime'->>'name', (row->>'batch')::int, row->>'verdict', row, noise_floor
     from unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::float8[]) as entry (matrix_id, trial_id, row, noise_floor)`,
    [
      entries.map((entry) => entry.source.matrixId),
      entries.map((entry) => entry.source.trialId),
      entries.map((entry) => JSON.stringify(entry.row)),
      entries.map((entry) => entry.source.noiseFloor ?? null),
    ],
  );
}
