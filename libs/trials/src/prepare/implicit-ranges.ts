import { OctetError } from '@octet/domain';
import { writeCalibrationCache } from '@octet/engines';
import type { CalibrationTable } from '@octet/quantization';

/**
 * The ranges of a table as TensorRT's calibration cache for implicit INT8, under the version that will read it. `rangeFrom`
 * leads tensors that the table does not know to those whose range they take, over several steps if need be.
 *
 * @throws OctetError `ranges-missing` without a table or with an empty one, `table-too-narrow` for one that covers explicit
 *   placement only: the builder leaves tensors without a range in float (or takes dummy ranges), and INT8 would look bad.
 */
export function calibrationCacheText(
  table: CalibrationTable | null,
  runtimeVersion: string,
  rangeFrom: ReadonlyMap<string, string>,
): string {
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
  const thresholds = new Map(ranges.map(([name, { threshold }]) => [name, threshold]));
  for (const name of rangeFrom.keys()) {
    const threshold = thresholds.get(sourceOf(name, thresholds, rangeFrom) ?? name);
    if (threshold !== undefined) thresholds.set(name, threshold);
  }
  return writeCalibrationCache(Object.fromEntries(thresholds), runtimeVersion);
}

/** The first tensor with a range on the way from `name`; undefined where there is none. */
function sourceOf(
  name: string,
  thresholds: ReadonlyMap<string, number>,
  rangeFrom: ReadonlyMap<string, string>,
): string | undefined {
  let source: string | undefined = name;
  while (source !== undefined && !thresholds.has(source)) source = rangeFrom.get(source);
  return source;
}
