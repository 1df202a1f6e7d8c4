import type { TrialRecord } from '@octet/domain';
import type { EntityManager } from 'typeorm';
import { encodeSamples } from './sample-codec.js';

/** One trial's record, raw samples and telemetry: two statements, whatever their number. */
export async function writeResult(
  manager: EntityManager,
  result: { trialId: string; attempt: number; agentId: string; record: TrialRecord },
): Promise<void> {
  const { trialId, attempt, agentId, record } = result;
  const { telemetry, ...kept } = record;
  const stored = { ...kept, rounds: record.rounds.map((round) => ({ ...round, samples: {} })) };
  await manager.query(
    `with result as (insert into results (trial_id, attempt, agent_id, record) values ($1, $2, $3, $4))
     insert into telemetry (trial_id, samples) values ($1, $5)`,
    [trialId, attempt, agentId, JSON.stringify(stored), JSON.stringify(telemetry)],
  );
  await writeSamples(manager, trialId, record);
}

async function writeSamples(manager: EntityManager, trialId: string, record: TrialRecord): Promise<void> {
  const series = record.rounds.flatMap((round) =>
    Object.entries(round.samples).map(([label, samples]) => ({ index: round.index, label, ...encodeSamples(samples) })),
  );
  if (series.length === 0) return;
  await manager.query(
    `insert into samples (trial_id, round_index, label, unit, encoding, count, data)
     select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bytea[])`,
    [
      trialId,
      series.map((entry) => entry.index),
      series.map((entry) => entry.label),
      series.map((entry) => entry.unit),
      series.map((entry) => entry.encoding),
      series.map((entry) => entry.count),
      series.map((entry) => entry.data),
    ],
  );
}
