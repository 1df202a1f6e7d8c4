import { OctetError } from '@octet/domain';
import { writeCalibrationCache } from '@octet/engines';
import type { CalibrationTable } from '@octet/quantization';

/**
 * The ranges of a table as TensorRT's calibration cache for implicit INT8, under the version that will read it.
 *
 * @throws OctetError `ranges-missing` without a table or with an empty one, `table-too-narrow` for one that covers explicit
 *   placement only: the builder leaves tensors without a range in float (or takes dummy ranges), and INT8 would look bad.
 */
export function calibrationCacheText(table: CalibrationTable | null, runtimeVersion: string): string {
  const ranges = Object.entries(table?.tensors ?? {});
  if (table === null || ranges.length === 0) {
    throw new OctetError(
      'ranges-missing',
      'Implicit INT8 needs the ranges of the tensors: give the recipe a static scheme and a calibrator.',
    );
  }
  if (table.coverage === 'explicit') {
    throw new OctetError(
      'table-too-narrow',
      'The calibration table covers explicit Q/DQ placement only: calibrate again with coverage "all".',
    );
  }
  return writeCalibrationCache(
    Object.fromEntries(ranges.map(([name, { threshold }]) => [name, threshold])),
    runtimeVersion,
  );
}
