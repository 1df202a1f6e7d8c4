import { Table } from '@mantine/core';
import type { TableCell } from './save-file.js';

/** Numbers as they are: for reading, copying, and for those who do not see the chart. */
export function PlainTable(props: {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly TableCell[])[];
}) {
  const { caption, columns, rows } = props;
  return (
    <div className="chart-data" tabIndex={0} role="region" aria-label={`Data of ${caption}`}>
      <Table withTableBorder stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column, index) => (
              <Table.Th scope="col" key={column} className={typeof rows[0]?.[index] === 'number' ? 'numeric' : ''}>
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            <Table.Tr key={index}>
              {row.map((value, column) => (
                <Table.Td key={column} className={typeof value === 'number' ? 'numeric' : ''}>
                  {value ?? '–'}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
