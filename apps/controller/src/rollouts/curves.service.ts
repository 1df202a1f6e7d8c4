import { Injectable } from '@nestjs/common';
import { curvesFromResults, OctetError, type CurveRecord, type CurvesFromResults } from '@octet/domain';
import type { CurvesDocument, CurvesQuery, StoredRow } from '@octet/protocol';
import { DataSource, In } from 'typeorm';
import { SampleEntity } from '../results/result.entity.js';
import { roundsWithSamples } from '../results/trial-rounds.js';
import { VerdictsService } from '../verdicts/verdicts.service.js';

/** Curves of one model on one device class and runtime, with where they come from. */
export interface FoundCurves extends CurvesFromResults<StoredRow> {
  row: StoredRow;
}

/** Latency over batch sizes, from the fleet's results. */
@Injectable()
export class CurvesService {
  constructor(
    private readonly database: DataSource,
    private readonly verdicts: VerdictsService,
  ) {}

  async read(query: CurvesQuery): Promise<CurvesDocument> {
    const { row, curves, leftOut } = await this.find(query);
    const { model, device, runtime } = row;
    return { schemaVersion: 1, model, deviceClass: device.class, runtime: runtime.name, curves, leftOut };
  }

  /** @throws OctetError `model-not-measured`, `model-ambiguous`, `device-ambiguous`. */
  async find(query: CurvesQuery): Promise<FoundCurves> {
    const rows = await this.verdicts.find(query);
    const row = oneSubject(rows, query);
    const records = await this.records(newestTrials(rows));
    const recordOf = ({ trialId }: StoredRow): CurveRecord | null => records.get(trialId ?? '') ?? null;
    return { row, ...curvesFromResults(rows, recordOf) };
  }

  private async records(trialIds: readonly string[]): Promise<Map<string, CurveRecord>> {
    const [results, samples] = await Promise.all([
      this.database.query<(CurveRecord & { trialId: string })[]>(
        `select trial_id as "trialId", record->'rounds' as rounds,
                coalesce((select jsonb_agg(engine - 'layers') from jsonb_array_elements(record->'engines') engine), '[]')
                  as engines
         from results where trial_id = any($1)`,
        [trialIds],
      ),
      this.database.getRepository(SampleEntity).findBy({ trialId: In(trialIds) }),
    ]);
    return new Map(
      results.map(({ trialId, engines, rounds }) => {
        const own = samples.filter((series) => series.trialId === trialId);
        return [trialId, { engines, rounds: roundsWithSamples(rounds, own) }];
      }),
    );
  }
}

/** Times of two models or devices make no curve. */
function oneSubject(rows: readonly StoredRow[], query: CurvesQuery): StoredRow {
  const measured = rows.filter((row) => Object.keys(row.floats).length > 0 || row.times !== null);
  const last = measured.at(-1);
  if (last === undefined) {
    const where = query.class === undefined ? '' : ` on ${query.class}`;
    throw new OctetError(
      'model-not-measured',
      `Nothing measured of ${query.model}${where}. Submit a matrix with batches [1, 4, 6, 10] first, or measure here (--here).`,
    );
  }
  const models = [...new Set(measured.map((row) => row.model.sha256))];
  if (models.length > 1)
    throw new OctetError(
      'model-ambiguous',
      `${query.model} is the name of several models: ask for a SHA-256 of ${models.join(', ')}.`,
    );
  const places = [...new Set(measured.map((row) => `${row.device.class} (${row.runtime.name})`))];
  if (places.length > 1)
    throw new OctetError(
      'device-ambiguous',
      `${query.model} was measured on ${places.join(', ')}: choose one (--device, --runtime).`,
    );
  return last;
}

/** Of each cell, only the newest trial's samples are wanted. */
function newestTrials(rows: readonly StoredRow[]): string[] {
  const newest = new Map<string, string>();
  for (const { trialId, batch, recipe, times, floats } of rows) {
    const measured = times !== null || Object.keys(floats).length > 0;
    if (trialId !== null && measured) newest.set(`${batch} ${JSON.stringify(recipe)}`, trialId);
  }
  return [...new Set(newest.values())];
}
