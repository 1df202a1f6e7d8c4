import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

import { OctetError } from '@octet/domain';
import { z } from 'zod';

import type { Coverage } from './calibration-tensors.js';
import { rangeOf, type RangeCalibrator } from './ranges.js';
import type { ChannelMeans, TensorStatistics } from './statistics.js';

const rangeSchema = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    threshold: z.number().nonnegative(),
    low: z.number().max(0),
    high: z.number().min(0),
  })
  .refine((range) => range.min <= range.max, 'min is above max');

/**
 * The ranges of a model's tensors, found once for (model, dataset, calibrator, seed) and shared by all devices. Tensor
 * names are those of the simplified model. Symmetric schemes read `threshold`, asymmetric ones `low` and `high`.
 */
export const calibrationTableSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('octet-calibration-table'),
  modelSha256: z.string(),
  datasetHash: z.string(),
  datasetSource: z.enum(['file', 'random']),
  calibrator: z.enum(['max', 'percentile', 'entropy', 'mse']),
  /** null for calibrators without one. */
  percentile: z.number().nullable(),
  seed: z.number().int(),
  samples: z.number().int().positive(),
  /** Absent: all. `explicit` tables hold what Q/DQ placement reads, and are no base for a TensorRT calibration cache. */
  coverage: z.enum(['all', 'explicit']).optional(),
  tensors: z.record(z.string(), rangeSchema),
  /** Mean of each channel of the tensors that layers with a bias read: for recipes with `biasCorrection`. Absent: not found. */
  channelMeans: z.record(z.string(), z.array(z.number())).optional(),
});

export type CalibrationTable = z.infer<typeof calibrationTableSchema>;

export interface TableOrigin {
  modelSha256: string;
  datasetHash: string;
  datasetSource: 'file' | 'random';
  seed: number;
  samples: number;
  coverage: Coverage;
}

/** Applies one calibrator to collected statistics. Tensors that never held a value are left out. */
export function tableOf(
  statistics: ReadonlyMap<string, TensorStatistics>,
  origin: TableOrigin,
  calibrator: RangeCalibrator,
  percentile: number,
  channelMeans: ChannelMeans | null = null,
): CalibrationTable {
  const tensors: CalibrationTable['tensors'] = {};
  for (const [name, found] of statistics) {
    if (found.min <= found.max) tensors[name] = rangeOf(found, calibrator, percentile);
  }
  return {
    schemaVersion: 1,
    kind: 'octet-calibration-table',
    ...origin,
    calibrator,
    percentile: calibrator === 'percentile' ? percentile : null,
    tensors,
    ...(channelMeans !== null && { channelMeans: Object.fromEntries(channelMeans) }),
  };
}

/** Parses a table's JSON. Throws OctetError `bad-table` naming the key. */
export function parseTable(json: string, path = 'the calibration table'): CalibrationTable {
  try {
    return calibrationTableSchema.parse(JSON.parse(json));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new OctetError('bad-table', `${path} is no calibration table: ${what} Calibrate again.`, { cause });
  }
}

/** Throws OctetError `table-of-another-model` when the table was found for another model. */
export function checkTableModel(table: CalibrationTable, modelSha256: string): void {
  if (table.modelSha256 === modelSha256) return;
  throw new OctetError(
    'table-of-another-model',
    `The calibration table belongs to model ${table.modelSha256.slice(0, 12)}, not to ${modelSha256.slice(0, 12)}. Calibrate this model, or give the model that the table was made for.`,
    { details: { table: table.modelSha256, model: modelSha256 } },
  );
}

/** Reads a table; with a hash, refuses one of another model. */
export async function readTable(path: string, modelSha256: string | null = null): Promise<CalibrationTable> {
  const table = parseTable(await readFile(path, 'utf8'), path);
  if (modelSha256 !== null) checkTableModel(table, modelSha256);
  return table;
}

/** Canonical text: keys in fixed order, so that equal tables have equal hashes. */
export function tableText(table: CalibrationTable): string {
  return `${JSON.stringify(table, null, 1)}\n`;
}

export async function writeTable(table: CalibrationTable, path: string): Promise<void> {
  await writeFile(path, tableText(table));
}

/** SHA-256 (hex) of the canonical text. */
export function tableSha256(table: CalibrationTable): string {
  return createHash('sha256').update(tableText(table)).digest('hex');
}
