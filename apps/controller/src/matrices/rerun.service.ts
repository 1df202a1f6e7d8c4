import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OctetError, type Matrix, type TrialSpec } from '@octet/domain';
import type { MatrixDocument } from '@octet/protocol';
import { DataSource, type EntityManager } from 'typeorm';
import { isUuid } from '../database/columns.js';
import { LanesService } from '../lanes/lanes.service.js';
import type { Ticket } from '../lanes/trial-store.js';
import { MatricesService } from './matrices.service.js';
import { matrixOfSpec } from './matrix-of-spec.js';
import { MatrixResolver } from './matrix-resolver.js';
import { refusedBesideTrial } from './refused-beside.js';
import { insertTrials } from './write-expansion.js';

interface StoredTrial {
  spec: TrialSpec;
  priority: number;
  matrixName: string;
}

/** Measures a trial again from its record. */
@Injectable()
export class RerunService {
  constructor(
    private readonly database: DataSource,
    private readonly resolver: MatrixResolver,
    private readonly matrices: MatricesService,
    private readonly lanes: LanesService,
  ) {}

  /**
   * A new matrix with the trial's stored spec as it is: same model, dataset, recipes, plan and seed, whatever the matrix file or
   * Octet's expansion would say today.
   *
   * @throws OctetError `trial-unknown`; `model-unknown`, `dataset-unknown` when what it measured is not here (imported results).
   */
  async rerun(trialId: string): Promise<MatrixDocument> {
    const trial = await this.find(trialId);
    const name = `rerun/${trial.matrixName.replace(/^rerun\//, '')}`;
    const document = { ...matrixOfSpec(name, trial.spec), priority: trial.priority };
    await this.resolver.resolve(document);
    const matrixId = randomUUID();
    const tickets = await this.database.transaction((manager) =>
      storeRerun(manager, { matrixId, trialId, document, trial }),
    );
    this.lanes.enqueueSoon(tickets);
    return this.matrices.get(matrixId);
  }

  private async find(trialId: string): Promise<StoredTrial> {
    const [trial] = isUuid(trialId)
      ? await this.database.query<StoredTrial[]>(
          `select spec, trials.priority, name as "matrixName" from trials join matrices on matrices.id = matrix_id
           where trials.id = $1`,
          [trialId],
        )
      : [];
    if (trial !== undefined) return trial;
    throw new OctetError('trial-unknown', `No trial ${trialId} here. GET /api/trials lists them.`);
  }
}

interface Rerun {
  matrixId: string;
  trialId: string;
  document: Matrix;
  trial: StoredTrial;
}

/** The float variants that were refused for the cell are told beside the new verdict as beside the old one. */
async function storeRerun(manager: EntityManager, { matrixId, trialId, document, trial }: Rerun): Promise<Ticket[]> {
  await manager.query(
    `insert into matrices (id, name, document, priority, refused, waiting)
     select $1, $2, $3, $4, coalesce((select jsonb_agg(cell) from jsonb_array_elements(source.refused) cell
                                      where ${refusedBesideTrial}), '[]'), '[]'
     from trials join matrices source on source.id = trials.matrix_id where trials.id = $5`,
    [matrixId, document.name, JSON.stringify(document), document.priority, trialId],
  );
  const tickets = await insertTrials(manager, matrixId, document.priority, [trial.spec]);
  await manager.query('update trials set rerun_of = $2 where matrix_id = $1', [matrixId, trialId]);
  return tickets;
}
