import { routes, type MatrixSummary } from '@octet/protocol';
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { postDocument } from '../data/api.js';
import { formatSeconds } from '../format.js';

export function MatrixProgressBar({ matrix }: { matrix: MatrixSummary }) {
  const { total, done, failed, cancelled, refused, waiting } = matrix.progress;
  const ended = done + failed + cancelled;
  const notes = [
    failed > 0 ? `${failed} failed` : '',
    cancelled > 0 ? `${cancelled} cancelled` : '',
    refused > 0 ? `${refused} cells can not run` : '',
    waiting > 0 ? `${waiting} wait for a device` : '',
  ].filter((note) => note !== '');
  return (
    <Stack gap={4}>
      <Progress
        value={total === 0 ? 100 : (ended / total) * 100}
        aria-label={`${matrix.name}: ${ended} of ${total} trials ended`}
      />
      <Text size="xs">{[`${ended} of ${total} trials`, ...notes].join(', ')}</Text>
    </Stack>
  );
}

export function timeLeft(matrix: MatrixSummary): string {
  if (matrix.state === 'ended' || matrix.state === 'cancelled') return '–';
  if (matrix.expectedSecondsLeft === null) return 'no device connected';
  return `about ${formatSeconds(matrix.expectedSecondsLeft)}`;
}

/** Asks once more before it cancels; what was measured stays. */
export function CancelMatrix({ matrix }: { matrix: MatrixSummary }) {
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (matrix.state !== 'running' && matrix.state !== 'waiting') return <Text className="quiet">–</Text>;
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
