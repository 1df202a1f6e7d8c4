export type TableCell = string | number | null | undefined;

/** Hands the reader a file. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A CSV file (RFC 4180); null is an empty field. */
export function saveTable(name: string, columns: readonly string[], rows: readonly (readonly TableCell[])[]): void {
  saveFile(`${fileName(name)}.csv`, new Blob([csvOf([columns, ...rows])], { type: 'text/csv' }));
}

export function csvOf(rows: readonly (readonly TableCell[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** Spreadsheets run a field that starts with one of = + - @ as a formula: text that does is kept text by an apostrophe. */
function field(value: TableCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function fileName(text: string): string {
  return text.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '') || 'octet';
}
