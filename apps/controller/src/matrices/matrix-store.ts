import { Inject, Injectable } from '@nestjs/common';
import { OctetError, type Matrix } from '@octet/domain';
import type { MatrixSummary } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { CONFIG } from '../config.js';
import type { ControllerConfig } from '../config.js';
import { isUuid } from '../database/columns.js';
import { summaryOf, type LaneCount, type MatrixRow } from './matrix-view.js';

const columns = `id, name, priority, cancelled, refused, waiting, created_at as "createdAt"`;

/** Reads matrices with their progress. */
@Injectable()
export class MatrixStore {
  private readonly silentMs: number;

  constructor(
    private readonly database: DataSource,
    @Inject(CONFIG) config: ControllerConfig,
  ) {
    this.silentMs = 3 * config.heartbeatMs + 2000;
  }

  /** By id, else the newest of that name. @throws OctetError `matrix-unknown`. */
  async find(reference: string): Promise<MatrixRow> {
    const where = isUuid(reference) ? 'id = $1' : 'name = $1';
    const [found] = await this.database.query<MatrixRow[]>(
      `select ${columns} from matrices where ${where} order by created_at desc limit 1`,
      [reference],
    );
    if (found !== undefined) return found;
    throw new OctetError(
      'matrix-unknown',
      `No matrix ${reference} here. GET /api/matrices lists what is (\`octet status\`).`,
    );
  }

  /** What was asked for, with every source resolved. @throws OctetError `matrix-unknown`. */
  async request(id: string): Promise<Matrix> {
    const [found] = await this.database.query<{ document: Matrix }[]>('select document from matrices where id = $1', [
      id,
    ]);
    if (found === undefined) throw new OctetError('matrix-unknown', `No matrix ${id} here any more.`);
    return found.document;
  }

  async summary(matrix: MatrixRow): Promise<MatrixSummary> {
    const [summary] = await this.summaries([matrix]);
    return summary!;
  }

  async list(): Promise<MatrixSummary[]> {
    const rows = await this.database.query<MatrixRow[]>(
      `select ${columns} from matrices order by created_at desc limit 1000`,
    );
    return this.summaries(rows);
  }

  /** Slots of each device class that are connected and take trials. */
  async slots(): Promise<Map<string, number>> {
    const rows = await this.database.query<{ deviceClass: string; count: number }[]>(
      `select slot->>'deviceClass' as "deviceClass", count(*)::int as count
       from agents, jsonb_array_elements(slots) slot
       where controller_id is not null and duty = 'working' and last_seen_at > now() - $1 * interval '1 millisecond' group by 1`,
      [this.silentMs],
    );
    return new Map(rows.map((row) => [row.deviceClass, row.count]));
  }

  private async summaries(matrices: readonly MatrixRow[]): Promise<MatrixSummary[]> {
    const [counts, slots] = await Promise.all([this.counts(matrices.map((matrix) => matrix.id)), this.slots()]);
    return matrices.map((matrix) => summaryOf(matrix, counts.get(matrix.id) ?? [], slots));
  }

  private async counts(ids: readonly string[]): Promise<Map<string, LaneCount[]>> {
    const rows = await this.database.query<(LaneCount & { matrixId: string })[]>(
      `select matrix_id as "matrixId", device_class as "deviceClass", state, count(*)::int as count,
              avg(extract(epoch from ended_at - assigned_at)) filter (where state = 'done')::float8 as "meanSeconds",
              sum((spec->'plan'->>'maxSeconds')::float8) as "plannedSeconds"
       from trials where matrix_id = any($1) group by 1, 2, 3`,
      [ids],
    );
    const byMatrix = new Map<string, LaneCount[]>();
    for (const { matrixId, ...count } of rows) byMatrix.set(matrixId, [...(byMatrix.get(matrixId) ?? []), count]);
    return byMatrix;
  }
}
