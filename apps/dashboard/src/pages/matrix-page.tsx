import { routes, type LiveEvent, type MatrixDocument, type TrialSummary } from '@octet/protocol';
import { Alert, Anchor, Card, Group, List, Stack, Text, Title } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'wouter';
import { progressOf, progressText } from '../data/trial-progress.js';
import { useDocument } from '../data/use-document.js';
import { formatCount, formatMoment, recipeText } from '../format.js';
import { LoadState } from '../parts/load-state.js';
import { MatrixActions, MatrixProgressBar, timeLeft } from '../parts/matrix-progress.js';
import { RunningTrials } from '../parts/running-trials.js';
import { SortableTable, type Column } from '../parts/sortable-table.js';

export function MatrixPage({ id }: { id: string }) {
  const concerns = useCallback(
    (event: LiveEvent) => (event.type === 'matrix.progress' || event.type === 'trial.state') && event.matrixId === id,
    [id],
  );
  const loaded = useDocument<MatrixDocument>(routes.matrix(id), concerns);
  return <LoadState loaded={loaded}>{(document) => <Matrix document={document} />}</LoadState>;
}

function Matrix({ document }: { document: MatrixDocument }) {
  const { matrix, trials, refused, waiting } = document;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {matrix.name}
        </Title>
        <MatrixActions matrix={matrix} />
      </Group>
      <Text className="quiet">
        {matrix.state}, priority {matrix.priority}, submitted {formatMoment(matrix.createdAt)}; time left:{' '}
        {timeLeft(matrix)}
      </Text>
      <MatrixProgressBar matrix={matrix} />
      <RunningTrials />
      {trials.length > 0 && <SortableTable caption="Trials" columns={columns} rows={trials} most={50} />}
      {waiting.length > 0 && (
        <Alert color="yellow" title={`${formatCount(waiting.length, 'part')} of it waits for a device`}>
          <List>
            {waiting.map((cell) => (
              <List.Item key={`${cell.selector} ${cell.runtime}`}>
                {cell.selector}: {cell.why}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {refused.length > 0 && (
        <Card withBorder component="section" aria-label="Impossible cells">
          <Title order={2} size="h4">
            Answered without measuring
          </Title>
          <SortableTable
            caption="Cells and why"
            columns={[
              { name: 'Model', value: (cell) => cell.model.name },
              { name: 'Batch', value: (cell) => cell.batch, numeric: true },
              { name: 'Device class', value: (cell) => cell.deviceClass },
              { name: 'Variant', value: (cell) => (cell.recipe === null ? cell.variant : recipeText(cell.recipe)) },
              { name: 'Why', value: (cell) => cell.refusal.message },
            ]}
            rows={refused}
          />
        </Card>
      )}
    </Stack>
  );
}

const columns: Column<TrialSummary>[] = [
  {
    name: 'Model',
    value: (trial) => trial.model.name,
    show: (trial) => (
      <Anchor component={Link} href={`/trials/${trial.id}`} underline="always">
        {trial.model.name}
      </Anchor>
    ),
  },
  { name: 'Batch', value: (trial) => trial.batch, numeric: true },
  { name: 'Device class', value: (trial) => trial.deviceClass },
  { name: 'Runtime', value: (trial) => trial.runtime },
  { name: 'State', value: (trial) => trial.state },
  { name: 'Doing', value: doing },
];

function doing(trial: TrialSummary): string {
  if (trial.error !== null) return trial.error.message;
  const progress = progressOf(trial.progress);
  if (trial.state === 'assigned' && progress !== null) return progressText(progress);
  return trial.endedAt === null ? '' : formatMoment(trial.endedAt);
}
