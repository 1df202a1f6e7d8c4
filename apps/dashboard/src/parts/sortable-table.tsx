import { Button, Group, Table, Text } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { usePrinting } from './printing.js';
import { saveTable, type TableCell } from './save-file.js';

export interface Column<T> {
  name: string;
  /** What the column sorts by and what the CSV holds. */
  value: (row: T) => TableCell;
  /** What is shown, where that is more than the value. */
  show?: (row: T) => ReactNode;
  numeric?: boolean;
  /** Unit of the value, for the CSV: what is shown says its own. */
  unit?: string;
}

interface Props<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  /** Rows shown at first; the rest after a press. */
  most?: number;
  sort?: { column: string; descending: boolean };
}

/** A table that sorts by any column and saves as CSV. */
export function SortableTable<T>({ caption, columns, rows, most = 30, sort: first }: Props<T>) {
  const [sort, setSort] = useState(first ?? null);
  const [all, setAll] = useState(false);
  const printing = usePrinting();
  const sorted = useMemo(() => sortedRows(rows, columns, sort), [rows, columns, sort]);
  const shown = all ? sorted : sorted.slice(0, most);
  const turn = (column: string) =>
    setSort((last) => ({ column, descending: last?.column === column ? !last.descending : true }));
  return (
    <>
      <Table.ScrollContainer minWidth={560} tabIndex={0} role="region" aria-label={caption}>
        <Table verticalSpacing={4} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ name, numeric }) => (
                <Table.Th
                  scope="col"
                  key={name}
                  className={numeric === true ? 'numeric' : ''}
                  aria-sort={sort?.column !== name ? 'none' : sort.descending ? 'descending' : 'ascending'}
                >
                  <button type="button" className="sort" onClick={() => turn(name)}>
                    {name}
                    <span aria-hidden="true">{sort?.column !== name ? '' : sort.descending ? ' ↓' : ' ↑'}</span>
                  </button>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row, index) => (
              <Table.Tr key={index}>
                {columns.map(({ name, value, show, numeric }) => (
                  <Table.Td key={name} className={numeric === true ? 'numeric' : ''}>
                    {show === undefined ? (value(row) ?? '–') : show(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {printing && shown.length < sorted.length && (
        <Text size="sm" className="quiet">
          The first {shown.length} of {sorted.length} rows.
        </Text>
      )}
      <Group gap="xs" className="no-print" mt={4}>
        {sorted.length > most && (
          <Button variant="default" size="compact-sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${sorted.length}`}
          </Button>
        )}
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`Save as CSV: ${caption}`}
          onClick={() =>
            saveTable(
              caption,
              columns.map(({ name, unit }) => (unit === undefined ? name : `${name}, ${unit}`)),
              sorted.map((row) => columns.map((column) => column.value(row))),
            )
          }
        >
          Save as CSV
        </Button>
      </Group>
    </>
  );
}

/** Absent values come last whichever way it is sorted. */
function sortedRows<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  sort: { column: string; descending: boolean } | null,
): readonly T[] {
  const column = columns.find(({ name }) => name === sort?.column);
  if (column === undefined || sort === null) return rows;
  const direction = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a) ?? null, column.value(b) ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return direction * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}
