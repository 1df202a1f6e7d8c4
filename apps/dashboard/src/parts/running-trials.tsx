import { trialProgressSchema, type LiveEvent, type TrialProgress } from '@octet/protocol';
import { Anchor, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link } from 'wouter';
import { useLiveEvents } from '../data/live.js';
import { formatSpeedup } from '../format.js';

const most = 6;

/** What is being measured right now, as the agents tell it. */
export function RunningTrials() {
  const [running, setRunning] = useState<ReadonlyMap<string, TrialProgress>>(new Map());
  const listener = useCallback((event: LiveEvent) => setRunning((current) => afterEvent(current, event)), []);
  useLiveEvents(listener);
  const shown = [...running].slice(0, most);
  return (
    <Stack gap="xs" role="status" aria-label="Running trials">
      {shown.map(([trialId, progress]) => (
        <Card key={trialId} withBorder padding="xs">
          <Group gap="sm">
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm">{progressText(progress)}</Text>
            <Anchor component={Link} href={`/trials/${trialId}`} size="sm" underline="always">
              Watch this trial
            </Anchor>
          </Group>
        </Card>
      ))}
      {running.size > most && <Text size="sm">and {running.size - most} more trials are running</Text>}
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

/** The last progress kept with a trial, if it reads as one. */
export function progressOf(stored: Record<string, unknown> | null): TrialProgress | null {
  const parsed = trialProgressSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

export function progressText(progress: TrialProgress): string {
  const parts = [progress.message];
  if (progress.rounds > 0 && !progress.message.startsWith('round')) parts.push(`round ${progress.rounds}`);
  if (progress.interval !== null) parts.push(`so far ${formatSpeedup(progress.interval)}`);
  if (progress.secondsLeft !== null) parts.push(`${Math.ceil(progress.secondsLeft)} s left at most`);
  return parts.join(' · ');
}
