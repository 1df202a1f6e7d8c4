import { Anchor, Group, Loader, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useRunningTrials } from '../data/running-trials.js';
import { progressText } from '../data/trial-progress.js';

/** What is being measured right now: one line that is always there, so that nothing moves when a trial starts or ends. */
export function RunningTrials() {
  const running = useRunningTrials();
  const [first, ...others] = [...(running ?? [])];
  return (
    <Group className="running no-print" role="status" aria-label="Running trials" gap="sm" wrap="nowrap">
      {running?.size === 0 && (
        <Text size="sm" className="quiet">
          Nothing is being measured now.
        </Text>
      )}
      {first !== undefined && (
        <>
          <Loader size="xs" aria-hidden="true" />
          <Text size="sm" className="clip">
            <Anchor component={Link} href={`/trials/${first[0]}`} underline="always" size="sm">
              {first[1].model}, batch {first[1].batch}
            </Anchor>
            {first[1].progress !== null && ` · ${progressText(first[1].progress)}`}
          </Text>
          {others.length > 0 && (
            <Anchor component={Link} href="/fleet" underline="always" size="sm" style={{ flexShrink: 0 }}>
              and {others.length} more
            </Anchor>
          )}
        </>
      )}
    </Group>
  );
}
