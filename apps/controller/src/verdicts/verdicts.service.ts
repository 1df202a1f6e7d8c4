import { Injectable } from '@nestjs/common';
import { rowsForUnmeasured, type Refusal } from '@octet/domain';
import type { StoredRow, VerdictsQuery } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { TrialEntity } from '../lanes/trial.entity.js';
import { MatrixStore } from '../matrices/matrix-store.js';
import { VerdictEntity } from './verdict.entity.js';

const waiting: Refusal = { code: 'waiting', message: 'Not measured yet: the trial is in its lane or running.' };
/** Rows answered: of more, the newest that were measured. */
const maxRows = 20_000;

/** Verdict rows, oldest first; trials that are still open come last, as `not-measured`. */
@Injectable()
export class VerdictsService {
  constructor(
    private readonly database: DataSource,
    private readonly matrices: MatrixStore,
  ) {}

  /** @throws OctetError `matrix-unknown` when a matrix is named that is not there. */
  async find(query: VerdictsQuery): Promise<StoredRow[]> {
    const matrixId = query.matrix === undefined ? null : (await this.matrices.find(query.matrix)).id;
    const [stored, open] = await Promise.all([this.stored(query, matrixId), this.open(query, matrixId)]);
    const openRows = open.flatMap((trial) =>
      rowsForUnmeasured({ spec: trial.spec, device: null, runtime: null }, waiting).map((row) => ({
        ...row,
        trialId: trial.id,
        matrixId: trial.matrixId,
        noiseFloor: null,
        recordedAt: null,
      })),
    );
    const wanted = query.verdict === undefined || query.verdict === 'not-measured' ? openRows : [];
    return [...stored.map(storedRow), ...wanted];
  }

  private async stored(query: VerdictsQuery, matrixId: string | null): Promise<VerdictEntity[]> {
    const { model, class: deviceClass, runtime, verdict, batch, trial } = query;
    const builder = this.database.getRepository(VerdictEntity).createQueryBuilder('verdict');
    if (matrixId !== null) builder.andWhere('verdict.matrixId = :matrixId', { matrixId });
    if (model !== undefined)
      builder.andWhere('(verdict.modelName = :model or verdict.modelSha256 = :model)', { model });
    if (deviceClass !== undefined) builder.andWhere('verdict.deviceClass = :deviceClass', { deviceClass });
    if (runtime !== undefined) builder.andWhere('verdict.runtime = :runtime', { runtime });
    if (verdict !== undefined) builder.andWhere('verdict.verdict = :verdict', { verdict });
    if (batch !== undefined) builder.andWhere('verdict.batch = :batch', { batch });
    if (trial !== undefined) builder.andWhere('verdict.trial_id::text = :trial', { trial });
    builder.orderBy(`verdict.verdict = 'not-measured'`, 'ASC').addOrderBy('verdict.id', 'DESC');
    const newest = await builder.limit(maxRows).getMany();
    return newest.sort((a, b) => Number(a.id) - Number(b.id));
  }

  private open(query: VerdictsQuery, matrixId: string | null): Promise<TrialEntity[]> {
    const { model, class: deviceClass, runtime, batch, trial } = query;
    const builder = this.database
      .getRepository(TrialEntity)
      .createQueryBuilder('trial')
      .where(`trial.state in ('queued', 'assigned')`);
    if (matrixId !== null) builder.andWhere('trial.matrixId = :matrixId', { matrixId });
    if (model !== undefined) {
      builder.andWhere(`(trial.spec->'model'->>'name' = :model or trial.spec->'model'->>'sha256' = :model)`, { model });
    }
    if (deviceClass !== undefined) builder.andWhere('trial.deviceClass = :deviceClass', { deviceClass });
    if (runtime !== undefined) builder.andWhere('trial.runtime = :runtime', { runtime });
    if (batch !== undefined) builder.andWhere(`(trial.spec->>'batch')::int = :batch`, { batch });
    if (trial !== undefined) builder.andWhere('trial.id::text = :trial', { trial });
    return builder.orderBy('trial.position', 'ASC').take(maxRows).getMany();
  }
}

function storedRow({ row, trialId, matrixId, noiseFloor, createdAt }: VerdictEntity): StoredRow {
  return { ...row, trialId, matrixId, noiseFloor, recordedAt: createdAt.toISOString() };
}
