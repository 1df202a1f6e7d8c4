import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { defaultNoiseFloor, judge, type Matrix, type TrialSpec } from '@octet/domain';
import { importedMatrixName, type ImportDocument, type ImportUpload } from '@octet/protocol';
import { DataSource, type EntityManager } from 'typeorm';
import { matrixOfSpec } from '../matrices/matrix-of-spec.js';
import { writeResult } from '../results/write-result.js';
import { replaceTrialVerdicts } from '../verdicts/write-verdicts.js';

/** Whose attempt an imported result is. */
const importer = 'import';

/** Stores results that were measured elsewhere: a matrix and a finished trial of their own, judged like any other. */
@Injectable()
export class ImportsService {
  constructor(private readonly database: DataSource) {}

  /** One transaction; nothing ever enters a lane. */
  async store({ name, record }: ImportUpload): Promise<ImportDocument> {
    const matrixId = randomUUID();
    const trialId = randomUUID();
    const matrix = matrixOfSpec(importedMatrixName(name), record.spec);
    await this.database.transaction(async (manager) => {
      await insertDone(manager, matrixId, trialId, matrix, record.spec);
      await writeResult(manager, { trialId, attempt: 1, agentId: importer, record });
      const noiseFloor = defaultNoiseFloor;
      await replaceTrialVerdicts(manager, { matrixId, trialId, noiseFloor }, judge(record, { noiseFloor }));
    });
    return { schemaVersion: 1, matrix: { id: matrixId, name: matrix.name }, trialId };
  }
}

async function insertDone(
  manager: EntityManager,
  matrixId: string,
  trialId: string,
  matrix: Matrix,
  spec: TrialSpec,
): Promise<void> {
  await manager.query(
    `insert into matrices (id, name, document, priority, refused, waiting) values ($1, $2, $3, $4, '[]', '[]')`,
    [matrixId, matrix.name, JSON.stringify(matrix), matrix.priority],
  );
  await manager.query(
    `insert into trials (id, matrix_id, cell_key, device_class, runtime, spec, priority, state, attempt, agent_id, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'done', 1, $8, now())`,
    [trialId, matrixId, trialId, spec.deviceClass, spec.runtime, JSON.stringify(spec), matrix.priority, importer],
  );
  await manager.query(
    `insert into trial_events (trial_id, state, attempt, agent_id, reason, message) values ($1, 'done', 1, $2, 'imported', null)`,
    [trialId, importer],
  );
}
