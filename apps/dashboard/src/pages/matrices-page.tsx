import { routes, type LiveEvent, type MatrixSummary } from '@octet/protocol';
import { Alert, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useDocument } from '../data/use-document.js';
import { formatMoment } from '../format.js';
import { LoadState } from '../parts/load-state.js';

const progressed = (event: LiveEvent) => event.type === 'matrix.progress' || event.type === 'trial.state';

export function MatricesPage() {
  const loaded = useDocument<{ matrices: MatrixSummary[] }>(routes.matrices, progressed);
  return (
    <Stack>
      <Title order={2}>Matrices</Title>
      <LoadState loaded={loaded}>{({ matrices }) => <MatrixTable matrices={matrices} />}</LoadState>
    </Stack>
  );
}

function MatrixTable({ matrices }: { matrices: readonly MatrixSummary[] }) {
  if (matrices.length === 0) return <Alert title="No matrix yet">Submit one: octet submit MATRIX.yaml</Alert>;
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {['Name', 'State', 'Progress', 'Time left', 'Submitted'].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {matrices.map((matrix) => (
            <Table.Tr key={matrix.id}>
              <Table.Td>{matrix.name}</Table.Td>
              <Table.Td>{matrix.state}</Table.Td>
              <Table.Td>
                <MatrixProgressBar matrix={matrix} />
              </Table.Td>
              <Table.Td>
                {matrix.expectedSecondsLeft === null
                  ? 'no device connected'
                  : `${Math.round(matrix.expectedSecondsLeft)} s`}
              </Table.Td>
              <Table.Td>{formatMoment(matrix.createdAt)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function MatrixProgressBar({ matrix }: { matrix: MatrixSummary }) {
  const { total, done, failed, cancelled } = matrix.progress;
  const ended = done + failed + cancelled;
  return (
    <Stack gap={4}>
      <Progress
        value={total === 0 ? 100 : (ended / total) * 100}
        aria-label={`${matrix.name}: ${ended} of ${total} trials ended`}
      />
      <Text size="xs">
        {ended} of {total} trials{failed > 0 ? `, ${failed} failed` : ''}
      </Text>
    </Stack>
  );
}
