import type { ResultRow } from '@octet/domain';
import { routes, type LiveEvent, type VerdictsDocument } from '@octet/protocol';
import { Alert, Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useDocument } from '../data/use-document.js';
import { formatAccuracy, formatSpeedup, recipeLabelOf } from '../format.js';
import { LoadState } from '../parts/load-state.js';
import { RunningTrials } from '../parts/running-trials.js';
import { VerdictMark } from '../parts/verdict-mark.js';

const trialEnded = (event: LiveEvent) => event.type === 'trial.state' && event.state !== 'assigned';

export function OverviewPage() {
  const loaded = useDocument<VerdictsDocument>(routes.verdicts, trialEnded);
  return (
    <Stack>
      <Title order={2}>Is INT8 worth it?</Title>
      <RunningTrials />
      <LoadState loaded={loaded}>{({ results }) => <VerdictGrid rows={results} />}</LoadState>
    </Stack>
  );
}

/** Verdict grid: a row for each model, batch and recipe, a column for each device class and runtime. */
function VerdictGrid({ rows }: { rows: readonly ResultRow[] }) {
  if (rows.length === 0) return <Alert title="Nothing measured yet">Submit a matrix: octet submit MATRIX.yaml</Alert>;
  const columns = [...new Set(rows.map(columnOf))];
  const lines = [...new Set(rows.map(lineOf))];
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table captionSide="top">
        <Table.Caption ta="left">{summary(rows)}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Model</Table.Th>
            {columns.map((column) => (
              <Table.Th scope="col" key={column}>
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr key={line}>
              <Table.Th scope="row">{line}</Table.Th>
              {columns.map((column) => (
                <Table.Td key={column}>
                  <Cell row={rows.find((row) => lineOf(row) === line && columnOf(row) === column)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Cell({ row }: { row: (ResultRow & { trialId?: string }) | undefined }) {
  if (row === undefined) return <Text c="dimmed">–</Text>;
  const content = (
    <Stack gap={2} align="flex-start">
      <VerdictMark verdict={row.verdict} />
      <Text size="sm" className="numeric">
        {formatSpeedup(row.speedup)}
      </Text>
      <Text size="xs" c="dimmed">
        {row.speedup === null ? (row.reasons[0]?.advice ?? '') : formatAccuracy(row.accuracy)}
      </Text>
    </Stack>
  );
  if (row.trialId === undefined) return content;
  return (
    <Anchor component={Link} href={`/trials/${row.trialId}`} underline="hover" c="inherit">
      {content}
    </Anchor>
  );
}

function columnOf(row: ResultRow): string {
  return `${row.device.name} · ${row.runtime.name}`;
}

function lineOf(row: ResultRow): string {
  return `${row.model.name} · batch ${row.batch} · ${recipeLabelOf(row.recipe)}`;
}

function summary(rows: readonly ResultRow[]): string {
  const worth = rows.filter((row) => row.verdict === 'worth-it').length;
  return `INT8 is worth it in ${worth} of ${rows.length} cases.`;
}
