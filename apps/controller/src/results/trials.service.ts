import { Injectable } from '@nestjs/common';
import { engineSummaries, OctetError, type ResultRow } from '@octet/domain';
import type { TrialDocument, TrialSummary } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { isUuid } from '../database/columns.js';
import { TrialEntity, TrialEventEntity } from '../lanes/trial.entity.js';
import { trialSummary } from '../matrices/trial-summary.js';
import { ResultEntity, SampleEntity, TelemetryEntity } from './result.entity.js';
import { roundsWithSamples, roundViews } from './trial-rounds.js';

export interface TrialsFilter {
  matrix?: string | undefined;
  state?: string | undefined;
  limit: number;
}

/** Reads trials: in lists, and one with everything that was measured. */
@Injectable()
export class TrialsService {
  constructor(private readonly database: DataSource) {}

  async list({ matrix, state, limit }: TrialsFilter): Promise<TrialSummary[]> {
    const query = this.database.getRepository(TrialEntity).createQueryBuilder('trial');
    if (matrix !== undefined) query.andWhere('trial.matrix_id::text = :matrix', { matrix });
    if (state !== undefined) query.andWhere('trial.state = :state', { state });
    const trials = await query.orderBy('trial.position', 'DESC').take(limit).getMany();
    return trials.map(trialSummary);
  }

  /** @throws OctetError `trial-unknown`. */
  async get(id: string, withSamples: boolean): Promise<TrialDocument> {
    const trial = isUuid(id) ? await this.database.getRepository(TrialEntity).findOneBy({ id }) : null;
    if (trial === null) throw new OctetError('trial-unknown', `No trial ${id} here. GET /api/trials lists them.`);
    const [result, samples, telemetry, history, rows] = await Promise.all([
      this.database.getRepository(ResultEntity).findOneBy({ trialId: id }),
      this.database.getRepository(SampleEntity).findBy({ trialId: id }),
      this.database.getRepository(TelemetryEntity).findOneBy({ trialId: id }),
      this.database.getRepository(TrialEventEntity).find({ where: { trialId: id }, order: { id: 'ASC' } }),
      this.database.query<{ row: ResultRow; noiseFloor: number | null }[]>(
        'select row, noise_floor as "noiseFloor" from verdicts where trial_id = $1 order by id',
        [id],
      ),
    ]);
    const rounds = result === null ? [] : roundsWithSamples(result.record.rounds, samples);
    return {
      schemaVersion: 1,
      trial: trialSummary(trial),
      spec: trial.spec,
      rerunOf: trial.rerunOf,
      record: result === null ? null : { ...result.record },
      engines: result === null ? [] : engineSummaries({ ...result.record, rounds }),
      results: rows.map(({ row, noiseFloor }) => ({ ...row, noiseFloor })),
      rounds: roundViews(rounds, result?.record.engines ?? [], withSamples),
      telemetry: (telemetry?.samples ?? []).map((sample) => ({ ...sample })),
      history: history.map(({ at, state, attempt, agentId, reason, message }) => ({
        at: at.toISOString(),
        state,
        attempt,
        agentId,
        reason,
        message,
      })),
    };
  }
}
