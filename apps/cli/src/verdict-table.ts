import type { ResultRow } from '@octet/domain';
import { formatNs, textTable } from './table.js';

const header = [
  'model',
  'device',
  'batch',
  'recipe',
  'T_float',
  'T_quant',
  'T_int8',
  'T_dequant',
  'gain',
  'speed-up [95 %]',
  'accuracy',
  'verdict',
];

/** The verdict table for people, then the reasons of each row that has any. */
export function verdictTable(rows: readonly ResultRow[]): string {
  if (rows.length === 0) return 'No trials.';
  const table = textTable(header, rows.map(cells));
  const reasons = rows.flatMap((row) => reasonLines(row));
  return reasons.length === 0 ? table : `${table}\n\n${reasons.join('\n')}`;
}

function cells(row: ResultRow): string[] {
  const times = row.times;
  return [
    row.model.name,
    `${row.device.name} (${row.runtime.name}${row.runtime.version === null ? '' : ` ${row.runtime.version}`})`,
    String(row.batch),
    recipeText(row),
    times === null ? '-' : `${formatNs(times.tFloatNs)} ${row.floatVariant ?? ''}`.trim(),
    formatNs(times?.tQuantNs ?? null),
    formatNs(times?.tInt8Ns ?? null),
    formatNs(times?.tDequantNs ?? null),
    formatNs(row.gainNs),
    speedupText(row),
    accuracyText(row),
    row.verdict,
  ];
}

export function recipeText(row: Pick<ResultRow, 'recipe'>): string {
  if (row.recipe === null) return '-';
  if (typeof row.recipe['model'] === 'string') return `own model ${row.recipe['model']}`;
  const parts = [
    row.recipe['scheme'],
    row.recipe['calibrator'],
    row.recipe['weightBits'] === 7 ? '7-bit weights' : null,
    row.recipe['biasCorrection'] === true ? 'corrected biases' : null,
  ];
  return parts.filter((part): part is string => typeof part === 'string').join(' ');
}

function speedupText(row: ResultRow): string {
  if (row.speedup === null) return '-';
  const { median, low, high } = row.speedup;
  return `${median.toFixed(2)}x [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function accuracyText(row: ResultRow): string {
  if (row.accuracy === null) return '-';
  return `${row.accuracy.metric} ${row.accuracy.value.toPrecision(4)}`;
}

function reasonLines(row: ResultRow): string[] {
  return row.reasons.map((reason) => `${row.model.name}: ${reason.id}: ${reason.advice}`);
}
