import { routes, type LiveEvent, type MatrixSummary } from '@octet/protocol';
import { Alert, Anchor, Button, Group, Stack, Table, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useDocument } from '../data/use-document.js';
import { formatMoment } from '../format.js';
import { LoadState } from '../parts/load-state.js';
import { MatrixActions, MatrixProgressBar, timeLeft } from '../parts/matrix-progress.js';

const progressed = (event: LiveEvent) => event.type === 'matrix.progress' || event.type === 'trial.state';

export function MatricesPage() {
  const loaded = useDocument<{ matrices: MatrixSummary[] }>(routes.matrices, progressed);
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Matrices
        </Title>
        <Button component={Link} href="/submit">
          Submit a matrix
        </Button>
      </Group>
      <LoadState loaded={loaded}>{({ matrices }) => <MatrixTable matrices={matrices} />}</LoadState>
    </Stack>
  );
}

function MatrixTable({ matrices }: { matrices: readonly MatrixSummary[] }) {
  if (matrices.length === 0)
    return (
      <Alert title="No matrix yet" color="cyan">
        A matrix says which models to measure on which devices. <Link href="/submit">Fill one in</Link>, or run{' '}
        <code>octet submit MATRIX.yaml</code>.
      </Alert>
    );
  return (
    <Table.ScrollContainer minWidth={900} tabIndex={0} role="region" aria-label="Matrices">
      <Table>
        <Table.Thead>
          <Table.Tr>
            {['Name', 'State', 'Progress', 'Time left', 'Submitted', 'Actions'].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {matrices.map((matrix) => (
            <Table.Tr key={matrix.id}>
              <Table.Td>
                <Anchor component={Link} href={`/matrices/${matrix.id}`} underline="always">
                  {matrix.name}
                </Anchor>
              </Table.Td>
              <Table.Td>{matrix.state}</Table.Td>
              <Table.Td miw={180}>
                <MatrixProgressBar matrix={matrix} />
              </Table.Td>
              <Table.Td>{timeLeft(matrix)}</Table.Td>
              <Table.Td>{formatMoment(matrix.createdAt)}</Table.Td>
              <Table.Td>
                <MatrixActions matrix={matrix} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
