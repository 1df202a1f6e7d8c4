import type { LiveEvent, TrialProgress } from '@octet/protocol';
import { Card, Group, Loader, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useLiveEvents } from '../data/live.js';

/** What is being measured right now, as the agents tell it. */
export function RunningTrials() {
  const [running, setRunning] = useState<ReadonlyMap<string, TrialProgress>>(new Map());
  const listener = useCallback((event: LiveEvent) => setRunning((current) => afterEvent(current, event)), []);
  useLiveEvents(listener);
  if (running.size === 0) return null;
  return (
    <Stack gap="xs" role="status" aria-label="Running trials">
      {[...running].map(([trialId, progress]) => (
        <Card key={trialId} withBorder padding="xs">
          <Group>
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm">{progressText(progress)}</Text>
          </Group>
        </Card>
      ))}
    </Stack>
  );
}

function afterEvent(current: ReadonlyMap<string, TrialProgress>, event: LiveEvent): ReadonlyMap<string, TrialProgress> {
  if (event.type === 'trial.progress') return new Map(current).set(event.trialId, event.progress);
  if (event.type !== 'trial.state' || event.state === 'assigned' || !current.has(event.trialId)) return current;
  const rest = new Map(current);
  rest.delete(event.trialId);
  return rest;
}

function progressText(progress: TrialProgress): string {
  const parts = [progress.message];
  if (progress.rounds > 0) parts.push(`round ${progress.rounds}`);
  if (progress.interval !== null)
    parts.push(
      `${progress.interval.median.toFixed(2)}× [${progress.interval.low.toFixed(2)}, ${progress.interval.high.toFixed(2)}]`,
    );
  if (progress.secondsLeft !== null) parts.push(`${Math.ceil(progress.secondsLeft)} s left at most`);
  return parts.join(' · ');
}
