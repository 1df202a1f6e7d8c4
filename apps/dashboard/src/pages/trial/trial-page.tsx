import type { EngineRecord, ResultRow, TelemetrySample } from '@octet/domain';
import { routes, type LiveEvent, type TrialDocument, type TrialProgress } from '@octet/protocol';
import { Alert, Anchor, Card, Group, Loader, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link } from 'wouter';
import { DistributionChart } from '../../charts/distribution-chart.js';
import { TelemetryCharts } from '../../charts/telemetry-chart.js';
import { useLiveEvents } from '../../data/live.js';
import { progressOf, progressText } from '../../data/trial-progress.js';
import { useDocument } from '../../data/use-document.js';
import { formatMoment } from '../../format.js';
import { LoadState } from '../../parts/load-state.js';
import { RecipeSection } from './recipe-section.js';
import { isImported, RecordSection } from './record-section.js';

export function TrialPage({ id }: { id: string }) {
  const concerns = useCallback((event: LiveEvent) => event.type === 'trial.state' && event.trialId === id, [id]);
  const loaded = useDocument<TrialDocument>(routes.trial(id), concerns);
  return <LoadState loaded={loaded}>{(document) => <Trial document={document} />}</LoadState>;
}

function Trial({ document }: { document: TrialDocument }) {
  const { trial } = document;
  const open = trial.state === 'queued' || trial.state === 'assigned';
  const engines = ((document.record?.['engines'] as EngineRecord[] | undefined) ?? []) as readonly EngineRecord[];
  const results = document.results as ResultRow[];
  const device = results[0]?.device.name ?? trial.deviceClass;
  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          Is INT8 worth it for{' '}
          <Anchor component={Link} href={`/models/${trial.model.sha256}`} inherit underline="always">
            {trial.model.name}
          </Anchor>{' '}
          on {device}?
        </Title>
        <Text className="quiet">
          Batch {trial.batch}, {[trial.runtime, results[0]?.runtime.version ?? ''].join(' ').trim()},{' '}
          {trial.deviceClass}
          {trial.endedAt === null ? '' : `, ${formatMoment(trial.endedAt)}`}
          {isImported(document) ? '; imported: measured without this fleet' : ''}
        </Text>
      </div>
      {open && <LiveProgress key={trial.attempt} document={document} />}
      {trial.error !== null && (
        <Alert color="red" title="This trial failed">
          {trial.error.message}
        </Alert>
      )}
      {results.map((row, index) => (
        <RecipeSection key={index} row={row} document={document} engines={engines} />
      ))}
      {document.rounds.length > 0 && (
        <Card withBorder component="section" aria-label="Single runs">
          <DistributionChart trialId={trial.id} labels={comparedLabels(results, engines)} />
        </Card>
      )}
      {document.telemetry.length > 0 && (
        <Card withBorder component="section" aria-label="Telemetry">
          <TelemetryCharts samples={document.telemetry as unknown as TelemetrySample[]} />
        </Card>
      )}
      <RecordSection document={document} />
      <History document={document} />
    </Stack>
  );
}

/** Moves with the agent's progress events, without a reload. */
function LiveProgress({ document: { trial, spec } }: { document: TrialDocument }) {
  const [progress, setProgress] = useState<TrialProgress | null>(progressOf(trial.progress));
  const listener = useCallback(
    (event: LiveEvent) => {
      if (event.type === 'trial.progress' && event.trialId === trial.id) setProgress(event.progress);
    },
    [trial.id],
  );
  useLiveEvents(listener);
  const left = progress?.secondsLeft ?? null;
  const done = left === null ? 0 : Math.max(0, Math.min(100, 100 * (1 - left / spec.plan.maxSeconds)));
  return (
    <Card withBorder component="section" aria-label="Progress">
      <Stack gap="xs">
        <Group gap="sm" role="status">
          <Loader size="xs" aria-hidden="true" />
          <Text>
            {trial.state === 'queued'
              ? 'Waiting in its lane for a free device.'
              : progress === null
                ? 'Given to an agent; it has not reported yet.'
                : progressText(progress)}
          </Text>
        </Group>
        <Progress value={done} aria-label="Time used of the trial's budget" />
      </Stack>
    </Card>
  );
}

function History({ document }: { document: TrialDocument }) {
  if (document.history.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Log">
      <Title order={2} size="h4">
        Log
      </Title>
      <Table.ScrollContainer minWidth={480} tabIndex={0} role="region" aria-label="What happened to this trial">
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              {['When', 'State', 'Attempt', 'Why', 'Agent'].map((name) => (
                <Table.Th scope="col" key={name}>
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {document.history.map((event, index) => (
              <Table.Tr key={index}>
                <Table.Td>{formatMoment(event.at)}</Table.Td>
                <Table.Td>{event.state}</Table.Td>
                <Table.Td>{event.attempt}</Table.Td>
                <Table.Td>{event.message ?? event.reason}</Table.Td>
                <Table.Td>{event.agentId ?? '–'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

/** The engines whose spread matters: each recipe and the float engine it was judged against. */
function comparedLabels(results: readonly ResultRow[], engines: readonly EngineRecord[]): string[] {
  const floats = results.flatMap((row) => (row.floatVariant === null ? [] : [row.floatVariant]));
  const recipes = engines.filter((engine) => engine.variant === 'int8').map((engine) => engine.label);
  return floats.length === 0 ? engines.map((engine) => engine.label) : [...new Set([...floats, ...recipes])];
}
