import { expect, it } from 'vitest';
import { parseCalibrationCache } from '@octet/engines';
import type { CalibrationTable } from '@octet/quantization';
import { calibrationCacheText } from './implicit-ranges.js';

const range = (threshold: number) => ({
  min: -threshold,
  max: threshold,
  threshold,
  low: -threshold,
  high: threshold,
});
const table = (changes: Partial<CalibrationTable> = {}): CalibrationTable => ({
  schemaVersion: 1,
  kind: 'octet-calibration-table',
  modelSha256: 'ab',
  datasetHash: 'cd',
  datasetSource: 'file',
  calibrator: 'entropy',
  percentile: null,
  seed: 1,
  samples: 8,
  tensors: { x: range(1), 'a:b': range(254) },
  ...changes,
});

const none = new Map<string, string>();

it('writes scale = amax / 127 of each tensor under the version that reads it', () => {
  // 1/127 is 3c010204 as big-endian float32 bits; 254/127 is 2, 40000000.
  expect(calibrationCacheText(table(), '10.9.0', none)).toBe(
    'TRT-100900-EntropyCalibration2\nx: 3c010204\na:b: 40000000\n',
  );
  expect(parseCalibrationCache(calibrationCacheText(table(), '8.5.3', none)).packedVersion).toBe('8503');
});

it('refuses to build implicit INT8 without ranges', () => {
  const refusal = (code: string) => expect.objectContaining({ code }) as Error;
  expect(() => calibrationCacheText(null, '8.5.3', none)).toThrow(refusal('ranges-missing'));
  expect(() => calibrationCacheText(table({ tensors: {} }), '8.5.3', none)).toThrow(refusal('ranges-missing'));
  expect(() => calibrationCacheText(table({ coverage: 'explicit' }), '8.5.3', none)).toThrow(
    refusal('table-too-narrow'),
  );
});

it('gives tensors of a rewritten model the range of those they hold the values of', () => {
  const rangeFrom = new Map([
    ['moved', 'twin'],
    ['twin', 'x'],
    ['stranger', 'unknown'],
    ['a:b', 'x'],
  ]);
  expect(parseCalibrationCache(calibrationCacheText(table(), '8.5.3', rangeFrom)).scales).toEqual({
    x: Math.fround(1 / 127),
    twin: Math.fround(1 / 127),
    moved: Math.fround(1 / 127),
    'a:b': 2,
  });
});
