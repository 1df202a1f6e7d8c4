import { isImportedMatrix, routes, type MatrixDocument, type MatrixSummary } from '@octet/protocol';
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { postDocument } from '../data/api.js';
import { formatCount, formatSeconds } from '../format.js';

export function MatrixProgressBar({ matrix }: { matrix: MatrixSummary }) {
  const { total, done, failed, cancelled, refused, waiting } = matrix.progress;
  const ended = done + failed + cancelled;
  const notes = [
    failed > 0 ? `${failed} failed` : '',
    cancelled > 0 ? `${cancelled} cancelled` : '',
    refused > 0 ? `${formatCount(refused, 'cell')} can not run` : '',
    waiting > 0 ? `${waiting} wait for a device` : '',
  ].filter((note) => note !== '');
  return (
    <Stack gap={4}>
      <Progress
        value={total === 0 ? 100 : (ended / total) * 100}
        aria-label={`${matrix.name}: ${ended} of ${total} trials ended`}
      />
      <Text size="xs">{[`${ended} of ${formatCount(total, 'trial')}`, ...notes].join(', ')}</Text>
    </Stack>
  );
}

export function timeLeft(matrix: MatrixSummary): string {
  if (matrix.state === 'ended' || matrix.state === 'cancelled') return '–';
  if (matrix.expectedSecondsLeft === null) return 'no device takes its trials now';
  return `about ${formatSeconds(matrix.expectedSecondsLeft)}`;
}

/** Cancel what is open, submit the same once more, or open it in the form to change it first. */
export function MatrixActions({ matrix }: { matrix: MatrixSummary }) {
  const [, go] = useLocation();
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (isImportedMatrix(matrix.name)) return <span className="quiet">imported</span>;
  const runAgain = () => {
    setSending(true);
    postDocument<MatrixDocument>(routes.rerunMatrix(matrix.id), {})
      .then((document) => go(`/matrices/${document.matrix.id}`))
      .catch((cause: Error) => setError(cause.message))
      .finally(() => setSending(false));
  };
  return (
    <Group gap={6} className="no-print">
      <CancelMatrix matrix={matrix} />
      <Button
        size="compact-sm"
        variant="default"
        loading={sending}
        onClick={runAgain}
        aria-label={`Run again: ${matrix.name}`}
      >
        Run again
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        component={Link}
        href={`/submit?from=${matrix.id}`}
        aria-label={`Run again with … changes: ${matrix.name}`}
      >
        Run again with …
      </Button>
      {error !== null && <Text role="alert">{error}</Text>}
    </Group>
  );
}

/** Asks once more before it cancels; what was measured stays. */
function CancelMatrix({ matrix }: { matrix: MatrixSummary }) {
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (matrix.state !== 'running' && matrix.state !== 'waiting') return null;
  const cancel = () => {
    setAsked(false);
    postDocument(routes.cancelMatrix(matrix.id), {}).catch((cause: Error) => setError(cause.message));
  };
  if (error !== null) return <Text role="alert">{error}</Text>;
  if (!asked)
    return (
      <Button size="compact-sm" variant="default" onClick={() => setAsked(true)} aria-label={`Cancel ${matrix.name}`}>
        Cancel
      </Button>
    );
  return (
    <Group gap={6} wrap="nowrap">
      <Button size="compact-sm" color="red.9" onClick={cancel} autoFocus>
        Cancel what is open
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => setAsked(false)}>
        Keep it
      </Button>
    </Group>
  );
}
