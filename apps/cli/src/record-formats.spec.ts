import { engineSummaries, judge, type TrialRecord } from '@octet/domain';
import type { StoredRow, TrialDocument } from '@octet/protocol';
import { trialRecord } from '@octet/testing';
import { parquetReadObjects, parquetSchema, parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { recordsCsv, recordsJson, recordsParquet } from './record-formats.js';
import { recordColumns, recordRow } from './record-row.js';

const record = trialRecord();
const measured: StoredRow = {
  ...judge(record, { noiseFloor: 0.02 })[0]!,
  trialId: 'trial-1',
  matrixId: 'matrix-1',
  noiseFloor: 0.02,
  recordedAt: '2026-11-23T01:02:03.004Z',
};
const refused: StoredRow = {
  ...measured,
  trialId: null,
  noiseFloor: null,
  verdict: 'unsupported',
  floatVariant: null,
  floats: {},
  model: { name: 'a "quoted", name\nof two lines', sha256: '' },
  times: null,
  gainNs: null,
  speedup: null,
  rounds: 0,
  accuracy: null,
  reasons: [{ id: 'fixed-batch', severity: 'warning', evidence: {}, advice: 'x' }],
};
const rows = [recordRow({ row: measured, trial: documentOf(record) }), recordRow({ row: refused, trial: null })];

function documentOf(of: TrialRecord): TrialDocument {
  const { spec } = of;
  return {
    schemaVersion: 1,
    trial: {
      id: 'trial-1',
      matrixId: 'matrix-1',
      model: spec.model,
      batch: spec.batch,
      shapes: spec.shapes,
      deviceClass: spec.deviceClass,
      runtime: spec.runtime,
      state: 'done',
      attempt: 1,
      agentId: 'agent-1',
      slotId: 'cpu',
      progress: null,
      error: null,
      createdAt: '',
      assignedAt: null,
      endedAt: null,
    },
    spec,
    rerunOf: null,
    record: { ...of },
    engines: engineSummaries(of),
    results: [],
    rounds: [],
    telemetry: [],
    history: [],
  };
}

describe('a row of the record', () => {
  it('holds times, percentiles, verdict, versions and hashes of the right engines', () => {
    expect(rows[0]).toMatchObject({
      trialId: 'trial-1',
      rerunOf: null,
      agentId: 'agent-1',
      modelSha256: record.spec.model.sha256,
      runtimeVersion: record.runtime.version,
      startedAt: record.startedAt,
      verdict: measured.verdict,
      noiseFloor: 0.02,
      speedup: 2,
      tFloatNs: 2_000_000,
      int8EndToEndNs: 1_000_000,
      gainNs: 1_000_000,
      floatP50Ns: 2_000_000,
      floatThroughputPerSecond: 500,
      int8P99Ns: 1_000_000,
      int8ThroughputPerSecond: 1000,
      int8BuildNs: 1_000_000,
      int8FirstLoadNs: 100_000,
      int8WarmLoadNs: null,
      int8SizeBytes: 4_096,
      int8PeakMemoryBytes: 8_192,
      int8EngineSha256: record.engines[1]?.build?.sha256,
    });
  });

  it('has every column where nothing was measured, null and never 0', () => {
    expect(Object.keys(rows[1]!)).toEqual(recordColumns.map(({ name }) => name));
    expect(rows[1]).toMatchObject({ verdict: 'unsupported', reasons: 'fixed-batch', speedup: null, modelSha256: null });
    expect(rows[1]).toMatchObject({ trialId: null, tFloatNs: null, floatP50Ns: null, startedAt: null, seed: null });
  });
});

describe('the formats', () => {
  it('JSON is one document', () => {
    expect(JSON.parse(recordsJson(rows))).toEqual({ schemaVersion: 1, rows });
  });

  it('CSV quotes what it must and leaves null empty', () => {
    const text = recordsCsv(recordColumns, rows);
    expect(text.split('\r\n')[0]).toBe(recordColumns.map(({ name }) => name).join(','));
    expect(text).toContain(',"a ""quoted"", name\nof two lines",,');
    expect(text.split('\r\n')).toHaveLength(4);
    expect(text.split('\r\n')[1]).toContain('trial-1,matrix-1,,2026-11-23T01:02:03.004Z,');
  });

  it('Parquet reads back as it was, with its types', async () => {
    const file = (await recordsParquet(recordColumns, rows)).slice().buffer;
    const magic = new TextDecoder().decode(new Uint8Array(file).slice(0, 4));
    expect(magic).toBe('PAR1');
    const metadata = parquetMetadata(file);
    expect(metadata.num_rows).toBe(2n);
    expect(parquetSchema(metadata).children.map(({ element }) => element.name)).toEqual(
      recordColumns.map(({ name }) => name),
    );
    const read = await parquetReadObjects({ file });
    const plain = read.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, back(value)])),
    );
    expect(plain).toEqual(rows.map((row) => ({ ...row, ...instants(row) })));
  });

  it('Parquet of nothing is a file with the same columns', async () => {
    const file = (await recordsParquet(recordColumns, [])).slice().buffer;
    expect(parquetMetadata(file).num_rows).toBe(0n);
    expect(parquetSchema(parquetMetadata(file)).children).toHaveLength(recordColumns.length);
  });
});

function back(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Date ? value.toISOString() : (value ?? null);
}

/** Timestamps are told in one way whatever the agent wrote. */
function instants(row: Record<string, unknown>): Record<string, unknown> {
  const names = recordColumns.filter(({ type }) => type === 'TIMESTAMP').map(({ name }) => name);
  return Object.fromEntries(
    names.map((name) => [name, row[name] === null ? null : new Date(row[name] as string).toISOString()]),
  );
}
