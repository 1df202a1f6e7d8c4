import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseTable, readTable, tableSha256, writeTable, type CalibrationTable } from './table.js';
import {
  floatToHex,
  fromTensorRtCache,
  hexToFloat,
  tableFromCache,
  toTensorRtCache,
  writeTensorRtCache,
} from './tensorrt-cache.js';

const recorded = readFileSync(
  new URL('../../../../test/fixtures/trtexec/8.5.3/resnet50_b1/calibration.cache', import.meta.url),
  'utf8',
);

const magnitude = fc.double({ min: 1e-20, max: 1e20, noNaN: true });
const range = magnitude.map((amax) => ({ min: -amax, max: amax / 2, threshold: amax, low: -amax, high: amax / 2 }));
const table: fc.Arbitrary<CalibrationTable> = fc
  .dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__' && !/[\r\n]/.test(name)),
    range,
    { minKeys: 1 },
  )
  .map((tensors) => ({
    schemaVersion: 1,
    kind: 'octet-calibration-table',
    modelSha256: 'a'.repeat(64),
    datasetHash: 'b'.repeat(64),
    datasetSource: 'file',
    calibrator: 'entropy',
    percentile: null,
    seed: 1,
    samples: 8,
    coverage: 'all',
    tensors: { ...tensors },
  }));

describe('calibration table', () => {
  it('comes back as it was written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'octet-table-'));
    const path = join(folder, 'table.json');
    await fc.assert(
      fc.asyncProperty(table, async (written) => {
        await writeTable(written, path);
        const read = await readTable(path, written.modelSha256);
        expect(read).toEqual(written);
        expect(tableSha256(read)).toBe(tableSha256(written));
      }),
      { numRuns: 30 },
    );
    await rm(folder, { recursive: true });
  });

  it('is refused, with the reason, for another model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'octet-table-'));
    const path = join(folder, 'table.json');
    await writeTable(fc.sample(table, 1)[0]!, path);
    await expect(readTable(path, 'c'.repeat(64))).rejects.toThrow(/belongs to model aaaaaaaaaaaa, not to cccccccccccc/);
    await rm(folder, { recursive: true });
  });

  it('names what is wrong with a broken one', async () => {
    expect(() => parseTable('{"schemaVersion":2}')).toThrow(expect.objectContaining({ code: 'bad-table' }));
    const folder = await mkdtemp(join(tmpdir(), 'octet-table-'));
    const path = join(folder, 'broken.json');
    await writeFile(path, 'nonsense');
    await expect(readTable(path)).rejects.toThrow(/broken.json is no calibration table/);
    await rm(folder, { recursive: true });
  });
});

describe('TensorRT calibration cache', () => {
  it('writes 1/127 as 3c010204', () => {
    expect(floatToHex(1 / 127)).toBe('3c010204');
    expect(hexToFloat('3c010204')).toBe(Math.fround(1 / 127));
  });

  it('reads the one that TensorRT 8.5.3 used, and writes it back to the letter', () => {
    const cache = fromTensorRtCache(recorded);
    expect(cache).toMatchObject({ version: '8503', calibrator: 'EntropyCalibration2' });
    expect(cache.scales.size).toBe(recorded.trim().split('\n').length - 1);
    expect(writeTensorRtCache(cache)).toBe(recorded.endsWith('\n') ? recorded : `${recorded}\n`);
  });

  it('keeps the bits of amax/127 through table and cache', () => {
    fc.assert(
      fc.property(table, (written) => {
        const cache = fromTensorRtCache(toTensorRtCache(written));
        for (const [name, { threshold }] of Object.entries(written.tensors)) {
          expect(cache.scales.get(name)).toBe(Math.fround(threshold / 127));
        }
        const again = tableFromCache(cache, written.modelSha256, 'c'.repeat(64));
        expect(toTensorRtCache(again)).toBe(toTensorRtCache(written));
      }),
    );
  });

  it('names the line that is wrong', () => {
    expect(() => fromTensorRtCache('hello\n')).toThrow(/Line 1/);
    expect(() => fromTensorRtCache('TRT-8503-EntropyCalibration2\nx: 3c010204\ny 12\n')).toThrow(/Line 3/);
  });
});
