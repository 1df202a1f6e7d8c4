import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OctetError, proofSpec, type LatencyCurve, type TrialSpec } from '@octet/domain';
import type { MatrixDocument, ProofEntry, ProofRequest, ProofsQuery } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { LanesService } from '../lanes/lanes.service.js';
import { MatricesService } from '../matrices/matrices.service.js';
import { matrixOfSpec } from '../matrices/matrix-of-spec.js';
import { MatrixResolver } from '../matrices/matrix-resolver.js';
import { insertTrials } from '../matrices/write-expansion.js';
import { CurvesService, type FoundCurves } from './curves.service.js';

const listed = 200;

/** Proofs by serving: trials of their own, with the lanes, attempts and results of all others. */
@Injectable()
export class ProofsService {
  constructor(
    private readonly database: DataSource,
    private readonly curves: CurvesService,
    private readonly resolver: MatrixResolver,
    private readonly matrices: MatricesService,
    private readonly lanes: LanesService,
  ) {}

  /**
   * A new matrix whose one trial serves the plan on an agent of the class.
   *
   * @throws OctetError of `CurvesService.find` and `proofSpec`; `variant-unknown`; `model-unknown`, `dataset-unknown` for results
   *   that were imported without their model.
   */
  async request(asked: ProofRequest): Promise<MatrixDocument> {
    const spec = await this.specOf(asked);
    const document = matrixOfSpec(`proof/${spec.model.name}`, spec);
    await this.resolver.resolve(document);
    const matrixId = randomUUID();
    const tickets = await this.database.transaction(async (manager) => {
      await manager.query(
        `insert into matrices (id, name, document, priority, refused, waiting) values ($1, $2, $3, $4, '[]', '[]')`,
        [matrixId, document.name, JSON.stringify(document), document.priority],
      );
      return insertTrials(manager, matrixId, document.priority, [spec]);
    });
    this.lanes.enqueueSoon(tickets);
    return this.matrices.get(matrixId);
  }

  async list({ model, class: deviceClass, trial }: ProofsQuery): Promise<ProofEntry[]> {
    const rows = await this.database.query<(ProofEntry & { createdAt: Date; endedAt: Date | null })[]>(
      `select trials.id as "trialId", matrix_id as "matrixId", spec->'model' as model, device_class as "deviceClass", runtime,
              spec->'serve'->'plan' as plan, (spec->'serve'->>'seconds')::float8 as seconds, state, error,
              created_at as "createdAt", ended_at as "endedAt", record->'serving' as proof
       from trials left join results on trial_id = trials.id
       where spec ? 'serve' and ($1::text is null or spec->'model'->>'name' = $1 or spec->'model'->>'sha256' = $1)
         and ($2::text is null or device_class = $2) and ($3::text is null or trials.id::text = $3)
       order by created_at desc limit ${listed}`,
      [model ?? null, deviceClass ?? null, trial ?? null],
    );
    return rows.map((row) => ({
      ...row,
      createdAt: new Date(row.createdAt).toISOString(),
      endedAt: row.endedAt === null ? null : new Date(row.endedAt).toISOString(),
    }));
  }

  private async specOf({ plan, seconds, seed, ...query }: ProofRequest): Promise<TrialSpec> {
    const found = await this.curves.find(query);
    const { row, curve } = sourceOf(found, plan.variant);
    const [trial] = await this.database.query<{ spec: TrialSpec }[]>('select spec from trials where id = $1', [
      row.trialId,
    ]);
    if (trial === undefined)
      throw new OctetError('trial-unknown', `The trial that measured ${plan.variant} is not here any more.`);
    return proofSpec(trial.spec, row, curve, { plan, seconds, seed });
  }
}

function sourceOf({ curves, newest }: FoundCurves, variant: string) {
  const curve: LatencyCurve | undefined = curves.find((each) => each.variant === variant);
  const row = newest.get(variant);
  if (curve !== undefined && row !== undefined) return { curve, row };
  const known = curves.map((each) => each.variant).join(', ') || 'none';
  throw new OctetError('variant-unknown', `${variant} may not be served: there is ${known}.`);
}
