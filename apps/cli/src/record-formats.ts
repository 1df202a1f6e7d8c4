import type { CellValue, RecordColumn, RecordRow } from './record-row.js';

export const recordFormats = ['json', 'csv', 'parquet'] as const;
export type RecordFormat = (typeof recordFormats)[number];

/** One JSON document: `rows` in the order given, every column in each. */
export function recordsJson(rows: readonly RecordRow[]): string {
  return `${JSON.stringify({ schemaVersion: 1, rows }, null, 2)}\n`;
}

/** RFC 4180: a header, CRLF, quotes where they are needed; null is an empty field. */
export function recordsCsv(columns: readonly RecordColumn[], rows: readonly RecordRow[]): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => columns.map(({ name }) => row[name] ?? null))];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: CellValue): string {
  if (value === null) return '';
  const field = String(value);
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A Parquet file, Snappy: integers as INT64, times as UTC timestamps, every column nullable. */
export async function recordsParquet(
  columns: readonly RecordColumn[],
  rows: readonly RecordRow[],
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = columns.map((column) => ({
    name: column.name,
    type: column.type,
    nullable: true,
    data: rows.map((row) => parquetValue(column, row[column.name] ?? null)),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function parquetValue({ type }: RecordColumn, value: CellValue): CellValue | bigint | Date {
  if (value === null) return null;
  if (type === 'INT64') return BigInt(Math.round(Number(value)));
  return type === 'TIMESTAMP' ? new Date(value) : value;
}
