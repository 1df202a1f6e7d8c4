import { OctetError } from '@octet/domain';

import { storableScale } from '../arithmetic/schemes.js';
import type { CalibrationTable } from './table.js';

/** trtexec reads a cache only under this calibrator's name, whatever calibrator found the ranges. */
const defaultVersion = '8503';

const view = new DataView(new ArrayBuffer(4));

/** Float32 as 8 hex digits, most significant byte first: 1/127 is `3c010204`. */
export function floatToHex(value: number): string {
  view.setFloat32(0, value, false);
  return view.getUint32(0, false).toString(16).padStart(8, '0');
}

/** The inverse of `floatToHex`. */
export function hexToFloat(hex: string): number {
  view.setUint32(0, Number.parseInt(hex, 16), false);
  return view.getFloat32(0, false);
}

/** A TensorRT calibration cache: scale = amax/127 of each tensor. */
export interface TensorRtCache {
  /** `8503` for TensorRT 8.5.3. */
  version: string;
  /** `EntropyCalibration2`. */
  calibrator: string;
  scales: Map<string, number>;
}

/** Writes a cache in the format that trtexec's `--calib` reads. `version` is that of the TensorRT that will read it. */
export function writeTensorRtCache(cache: TensorRtCache): string {
  const lines = [...cache.scales].map(([name, scale]) => `${name}: ${floatToHex(scale)}`);
  return `TRT-${cache.version}-${cache.calibrator}\n${lines.join('\n')}\n`;
}

/** Reads a cache. Throws OctetError `bad-calibration-cache` naming the line. */
export function fromTensorRtCache(text: string): TensorRtCache {
  const [header, ...lines] = text.split(/\r?\n/);
  const parts = /^TRT-(\d+)-(\w+)$/.exec(header ?? '');
  if (parts === null) throw bad(1, `the first line is "${header}", not one such as "TRT-8503-EntropyCalibration2"`);
  const scales = new Map<string, number>();
  lines.forEach((line, index) => {
    if (line === '') return;
    // Names may hold colons; the value is what follows the last.
    const entry = /^(.+): ([0-9a-fA-F]{1,8})$/.exec(line);
    if (entry === null) throw bad(index + 2, `"${line}" is not "tensor: hex"`);
    scales.set(entry[1]!, hexToFloat(entry[2]!));
  });
  return { version: parts[1]!, calibrator: parts[2]!, scales };
}

function bad(line: number, what: string): OctetError {
  return new OctetError('bad-calibration-cache', `Line ${line} of the calibration cache can't be read: ${what}.`);
}

/**
 * Ranges of a table as a cache for implicit INT8 on TensorRT <= 10. Throws OctetError `table-too-narrow` for a table that
 * covers explicit placement only: the builder would leave layers without a range in float and make INT8 look bad.
 */
export function toTensorRtCache(table: CalibrationTable, version: string = defaultVersion): string {
  if (table.coverage === 'explicit') {
    throw new OctetError(
      'table-too-narrow',
      'The calibration table covers explicit Q/DQ placement only. Calibrate again with coverage "all" for a TensorRT cache.',
    );
  }
  const scales = new Map<string, number>();
  for (const [name, range] of Object.entries(table.tensors)) scales.set(name, storableScale(range.threshold / 127));
  return writeTensorRtCache({ version, calibrator: 'EntropyCalibration2', scales });
}

/**
 * A table of symmetric ranges from a cache, for a known model. What a cache does not tell is marked: the dataset's hash is
 * that of the cache, ranges are taken as two-sided.
 */
export function tableFromCache(cache: TensorRtCache, modelSha256: string, cacheSha256: string): CalibrationTable {
  const tensors: CalibrationTable['tensors'] = {};
  for (const [name, scale] of cache.scales) {
    const threshold = scale * 127;
    tensors[name] = { min: -threshold, max: threshold, threshold, low: -threshold, high: threshold };
  }
  const origin = { modelSha256, datasetHash: `tensorrt-cache-${cacheSha256}`, datasetSource: 'file' as const };
  const choice = { calibrator: 'entropy' as const, percentile: null, seed: 0, samples: 1, coverage: 'all' as const };
  return { schemaVersion: 1, kind: 'octet-calibration-table', ...origin, ...choice, tensors };
}
