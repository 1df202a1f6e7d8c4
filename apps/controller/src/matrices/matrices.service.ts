import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { expandMatrix, expectedTime, OctetError, type Expansion, type KnownClass, type Matrix } from '@octet/domain';
import { matrixFileOf, refusedCell, type MatrixDocument, type MatrixSummary, type PlanDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { LanesService } from '../lanes/lanes.service.js';
import { TrialEndings } from '../lanes/trial-endings.js';
import { TrialEntity } from '../lanes/trial.entity.js';
import { knownClasses } from './known-classes.js';
import { MatrixResolver, type ResolvedMatrix } from './matrix-resolver.js';
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
    const resolved = await this.resolver.resolve(asked);
    const { matrix } = resolved;
    const id = randomUUID();
    const tickets = await this.database.transaction(async (manager) => {
      await manager.query(
        `insert into matrices (id, name, document, priority, refused, waiting) values ($1, $2, $3, $4, '[]', '[]')`,
        [id, matrix.name, JSON.stringify(matrix), matrix.priority],
      );
      const expansion = expand(resolved, await knownClasses(manager));
      return writeExpansion(manager, id, matrix.priority, expansion);
    });
    this.lanes.enqueueSoon(tickets);
    return this.get(id);
  }

  /** What `submit` would do; nothing is stored. */
  async plan(asked: Matrix): Promise<PlanDocument> {
    const resolved = await this.resolver.resolve(asked);
    const { matrix } = resolved;
    const expansion = expand(resolved, await knownClasses(this.database.manager));
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
    const [summary, trials, request] = await Promise.all([
      this.store.summary(matrix),
      this.trialsOf(matrix.id),
      this.store.request(matrix.id),
    ]);
    const { refused, waiting } = matrix;
    return {
      schemaVersion: 1,
      matrix: summary,
      request: matrixFileOf(request),
      trials: trials.map(trialSummary),
      refused,
      waiting,
    };
  }

  /** The stored request once more. @throws OctetError `matrix-unknown`, `model-unknown`, `dataset-unknown`. */
  async rerun(reference: string): Promise<MatrixDocument> {
    return this.submit(await this.store.request((await this.store.find(reference)).id));
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
    return this.database.getRepository(TrialEntity).find({ where: { matrixId }, order: { position: 'ASC' } });
  }
}

/** Most cells of one matrix: with more, the answer alone would fill the memory. */
const mostCells = 100_000;

/** @throws OctetError `matrix-too-large`. */
function expand({ matrix, models }: ResolvedMatrix, classes: readonly KnownClass[]): Expansion {
  const places = classes.reduce((sum, { runtimes }) => sum + Math.max(1, runtimes.length), 0);
  const shapes = matrix.models.reduce((sum, model) => sum + Math.max(1, model.shapes.length), 0);
  const cells = shapes * matrix.batches.length * Math.max(1, places);
  if (cells <= mostCells) return expandMatrix(matrix, models, classes);
  throw new OctetError(
    'matrix-too-large',
    `This matrix has up to ${cells} cells (models and shapes x batches x device classes and runtimes); one may have ${mostCells}. Ask for fewer batches or devices, or submit it in parts.`,
  );
}
