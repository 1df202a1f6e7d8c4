import { OctetError, parseVersion } from '@octet/domain';

/** Ranges that implicit INT8 (TensorRT 8 to 10) takes from a file, as `--calib` reads it. */
export interface CalibrationCache {
  /** `8503`: TensorRT ignores a cache of another version. */
  packedVersion: string;
  calibrator: 'EntropyCalibration2' | 'MinMaxCalibration';
  /** Scale by tensor: amax / 127. */
  scales: Record<string, number>;
}

/**
 * The text of a calibration cache: a header, then for each tensor its scale as the hexadecimal bits of a big-endian float32.
 * Scales follow TensorRT, amax / 127; amax of 0 is written as the smallest normal scale, since TensorRT refuses 0.
 */
export function writeCalibrationCache(
  amaxByTensor: Readonly<Record<string, number>>,
  version: string,
  calibrator: CalibrationCache['calibrator'] = 'EntropyCalibration2',
): string {
  const lines = Object.entries(amaxByTensor).map(([name, amax]) => `${name}: ${float32Hex(scaleOf(name, amax))}`);
  return [`TRT-${packed(version)}-${calibrator}`, ...lines, ''].join('\n');
}

/** Reads what TensorRT or `writeCalibrationCache` wrote. @throws OctetError `calibration-cache-invalid`. */
export function parseCalibrationCache(text: string): CalibrationCache {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const found = /^TRT-(\d+)-(EntropyCalibration2|MinMaxCalibration)$/.exec(header.trim());
  if (found === null) throw invalid(`its first line is ${JSON.stringify(header.slice(0, 60))}`);
  const entries = lines.filter((line) => line.trim() !== '').map(entryOf);
  return {
    packedVersion: found[1] ?? '',
    calibrator: found[2] as CalibrationCache['calibrator'],
    scales: Object.fromEntries(entries),
  };
}

function entryOf(line: string): [string, number] {
  const entry = /^(.*): ([0-9a-fA-F]{1,8})\s*$/.exec(line);
  if (entry === null) throw invalid(`the line ${JSON.stringify(line.slice(0, 80))} is no range`);
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number.parseInt(entry[2] ?? '', 16));
  return [entry[1] ?? '', view.getFloat32(0)];
}

function scaleOf(tensor: string, amax: number): number {
  if (!Number.isFinite(amax) || amax < 0) {
    throw new OctetError(
      'range-invalid',
      `The range of ${tensor} is ${amax}: calibrate again with inputs that are finite.`,
    );
  }
  return Math.max(amax / 127, 2 ** -126);
}

function float32Hex(value: number): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0).toString(16).padStart(8, '0');
}

/** `8.5.3` -> `8503`, `10.9.0` -> `100900`, as NV_TENSORRT_VERSION packs it. */
function packed(version: string): string {
  const [major = 0, minor = 0, patch = 0] = parseVersion(version) ?? [];
  return String(major < 10 ? major * 1000 + minor * 100 + patch : major * 10_000 + minor * 100 + patch);
}

function invalid(why: string): OctetError {
  return new OctetError(
    'calibration-cache-invalid',
    `The calibration cache cannot be read: ${why}. Give the file that TensorRT's calibrator wrote.`,
  );
}
