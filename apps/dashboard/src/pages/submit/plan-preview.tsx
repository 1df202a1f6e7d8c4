import { parseMatrixFile, routes, type PlanDocument } from '@octet/protocol';
import { Alert, Button, Card, Group, List, Loader, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { postDocument } from '../../data/api.js';
import { formatCount, formatSeconds } from '../../format.js';

const settleMs = 500;

export type Preview =
  | { state: 'working' }
  | { state: 'invalid'; message: string }
  | { state: 'ready'; plan: PlanDocument; document: unknown };

/** Checks the text against the schema here, then asks the controller what it would do. Nothing is stored. */
export function usePreview(text: string): Preview {
  const [preview, setPreview] = useState<Preview>({ state: 'working' });
  useEffect(() => {
    const abort = new AbortController();
    setPreview({ state: 'working' });
    const timer = setTimeout(() => {
      previewOf(text, abort.signal).then(setPreview, (error: Error) => {
        if (!abort.signal.aborted) setPreview({ state: 'invalid', message: error.message });
      });
    }, settleMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return preview;
}

async function previewOf(text: string, signal: AbortSignal): Promise<Preview> {
  const { document } = parseMatrixFile(text, 'matrix.yaml');
  return { state: 'ready', plan: await postDocument<PlanDocument>(routes.plan, document, signal), document };
}

interface PreviewProps {
  preview: Preview;
  submit: (document: unknown) => void;
  sending: boolean;
}

/** The button stands above what changes while one types, so that it keeps its place. */
export function PlanPreview({ preview, submit, sending }: PreviewProps) {
  return (
    <Card withBorder component="section" aria-label="What would happen" mih={160}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          What would happen
        </Title>
        <Button
          loading={sending}
          disabled={preview.state !== 'ready'}
          onClick={() => preview.state === 'ready' && submit(preview.document)}
        >
          Submit
        </Button>
      </Group>
      <div role="status">
        {preview.state === 'working' && <Loader size="sm" role="img" aria-label="Working out the plan" />}
        {preview.state === 'invalid' && (
          <Alert color="yellow" title="Not yet a matrix">
            <span style={{ whiteSpace: 'pre-wrap' }}>{preview.message}</span>
          </Alert>
        )}
        {preview.state === 'ready' && <Plan plan={preview.plan} />}
      </div>
    </Card>
  );
}

function Plan({ plan }: { plan: PlanDocument }) {
  const reasons = new Map<string, number>();
  for (const { refusal } of plan.refused) reasons.set(refusal.message, (reasons.get(refusal.message) ?? 0) + 1);
  return (
    <Stack gap="xs">
      <Text size="lg">
        {formatCount(plan.trials.length, 'trial')},{' '}
        {plan.expectedSeconds === null
          ? 'some of them wait for a device to connect'
          : `done in about ${formatSeconds(plan.expectedSeconds)}`}
        .
      </Text>
      {reasons.size > 0 && (
        <Alert color="yellow" title={`${formatCount(plan.refused.length, 'cell')} can not run`}>
          <List size="sm">
            {[...reasons].map(([message, count]) => (
              <List.Item key={message}>
                {message} ({formatCount(count, 'cell')})
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {plan.waiting.length > 0 && (
        <Alert color="yellow" title="Waits for a device">
          <List size="sm">
            {plan.waiting.map((cell) => (
              <List.Item key={`${cell.selector} ${cell.runtime}`}>
                {cell.selector}: {cell.why}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}
