import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CalibrationTable } from '@octet/quantization';
import { openCaches } from '../cache/trial-caches.js';
import { localCalibrationTables } from './calibration.js';

describe('localCalibrationTables', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octet-tables-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const table = (samples: number): CalibrationTable => ({
    schemaVersion: 1,
    kind: 'octet-calibration-table',
    modelSha256: 'ab',
    datasetHash: 'cd',
    datasetSource: 'file',
    calibrator: 'max',
    percentile: null,
    seed: 1,
    samples,
    tensors: { x: { min: -1, max: 2, threshold: 2, low: -1, high: 2 } },
  });

  it('keeps the table that was put first', async () => {
    const tables = localCalibrationTables(openCaches(folder).calibrationTables);
    expect(await tables.get('key')).toBeNull();
    expect(await tables.put('key', table(8))).toEqual(table(8));
    expect(await tables.put('key', table(16))).toEqual(table(8));
    expect(await tables.get('key')).toEqual(table(8));
    expect(await tables.get('other')).toBeNull();
  });
});
