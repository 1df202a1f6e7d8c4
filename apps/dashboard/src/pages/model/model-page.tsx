import { routes, type Bundle, type LiveEvent, type StoredRow } from '@octet/protocol';
import { Alert, Group, Stack, Title } from '@mantine/core';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { useDocument } from '../../data/use-document.js';
import { LoadState } from '../../parts/load-state.js';
import { PrintButton, PrintedFrom } from '../../parts/print-button.js';
import { AnswerTable } from './answer-table.js';
import { BatchChart } from './batch-chart.js';
import { FileSection } from './file-section.js';
import { HistorySection } from './history-section.js';
import { InShort } from './in-short.js';
import { answersOf } from './model-answer.js';
import { ModelCompareSection } from './model-compare-section.js';
import { SensitivitySection } from './sensitivity-section.js';

const trialEnded = (event: LiveEvent) => event.type === 'trial.state' && event.state !== 'assigned';

/** A model over all devices and batches: what a report about it holds. */
export function ModelPage({ reference }: { reference: string }) {
  const loaded = useDocument<{ results: StoredRow[] }>(
    `${routes.verdicts}?model=${encodeURIComponent(reference)}`,
    trialEnded,
  );
  return <LoadState loaded={loaded}>{({ results }) => <Model reference={reference} rows={results} />}</LoadState>;
}

function Model({ reference, rows }: { reference: string; rows: readonly StoredRow[] }) {
  const answers = useMemo(() => answersOf(rows), [rows]);
  const list = useDocument<{ models: Bundle[] }>(routes.models);
  const stored = list.document?.models.find((model) => model.sha256 === reference || model.name === reference) ?? null;
  const name = rows[0]?.model.name ?? stored?.name ?? reference;
  if (rows.length === 0 && list.document !== null && stored === null)
    return (
      <Alert title={`Nothing is known of the model ${reference}`} color="yellow">
        <Link href="/">All verdicts</Link>
      </Alert>
    );
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Title order={1} size="h2" style={{ overflowWrap: 'anywhere', flex: '1 1 16rem' }}>
          {answers.length === 0 ? name : `Is INT8 worth it for ${name}?`}
        </Title>
        {answers.length > 0 && <PrintButton />}
      </Group>
      <PrintedFrom />
      {answers.length === 0 ? (
        <Alert title="Not measured yet" color="cyan">
          <Link href={`/submit?model=${encodeURIComponent(name)}`}>Measure it</Link>
        </Alert>
      ) : (
        <>
          <InShort answers={answers} />
          <AnswerTable answers={answers} />
          <BatchChart answers={answers} />
          <SensitivitySection rows={rows} />
          <HistorySection rows={rows} answers={answers} />
          <ModelCompareSection sha256={rows[0]!.model.sha256} name={name} answers={answers} />
        </>
      )}
      {stored !== null && <FileSection model={stored} />}
    </Stack>
  );
}
