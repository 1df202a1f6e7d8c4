import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { expandMatrix, expectedTime, type Matrix } from '@octet/domain';
import { refusedCell, type MatrixDocument, type MatrixSummary, type PlanDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { LanesService } from '../lanes/lanes.service.js';
import { TrialEndings } from '../lanes/trial-endings.js';
import { TrialEntity } from '../lanes/trial.entity.js';
import { knownClasses } from './known-classes.js';
import { MatrixResolver } from './matrix-resolver.js';
import { MatrixStore } from './matrix-store.js';
import { planSeconds } from './matrix-view.js';
import { trialSummary } from './trial-summary.js';
import { writeExpansion } from './write-expansion.js';

/** Submit, plan, show and cancel matrices. */
@Injectable()
export class MatricesService {
  constructor(
    private readonly database: DataSource,
    private readonly resolver: MatrixResolver,
    private readonly store: MatrixStore,
    private readonly lanes: LanesService,
    private readonly endings: TrialEndings,
  ) {}

  /** Stores the matrix and its trials in one transaction, then puts them into their lanes. */
  async submit(asked: Matrix): Promise<MatrixDocument> {
    const { matrix, models } = await this.resolver.resolve(asked);
    const id = randomUUID();
    const tickets = await this.database.transaction(async (manager) => {
      await manager.query(
        `insert into matrices (id, name, document, priority, refused, waiting) values ($1, $2, $3, $4, '[]', '[]')`,
        [id, matrix.name, JSON.stringify(matrix), matrix.priority],
      );
      const expansion = expandMatrix(matrix, models, await knownClasses(manager));
      return writeExpansion(manager, id, matrix.priority, expansion);
    });
    this.lanes.enqueueSoon(tickets);
    return this.get(id);
  }

  /** What `submit` would do; nothing is stored. */
  async plan(asked: Matrix): Promise<PlanDocument> {
    const { matrix, models } = await this.resolver.resolve(asked);
    const expansion = expandMatrix(matrix, models, await knownClasses(this.database.manager));
    return {
      schemaVersion: 1,
      name: matrix.name,
      trials: expansion.trials.map((spec) => ({ spec, expectedSeconds: expectedTime(spec).mostSeconds })),
      refused: expansion.unsupported.map(refusedCell),
      waiting: expansion.waiting,
      expectedSeconds: planSeconds(expansion.trials, await this.store.slots()),
    };
  }

  async get(reference: string): Promise<MatrixDocument> {
    const matrix = await this.store.find(reference);
    const [summary, trials] = await Promise.all([this.store.summary(matrix), this.trialsOf(matrix.id)]);
    const { refused, waiting } = matrix;
    return { schemaVersion: 1, matrix: summary, trials: trials.map(trialSummary), refused, waiting };
  }

  list(): Promise<MatrixSummary[]> {
    return this.store.list();
  }

  /** Queued trials leave their lanes, running ones are stopped at their agents, and what they bring still is discarded. */
  async cancel(reference: string): Promise<MatrixDocument> {
    const matrix = await this.store.find(reference);
    this.lanes.removeSoon(await this.endings.cancelMatrix(matrix.id));
    return this.get(matrix.id);
  }

  private trialsOf(matrixId: string): Promise<TrialEntity[]> {
    return this.database
      .getRepository(TrialEntity)
      .find({ where: { matrixId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }
}
