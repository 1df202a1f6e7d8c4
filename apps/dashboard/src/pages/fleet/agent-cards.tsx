import type { AgentDocument } from '@octet/protocol';
import { Alert, Badge, Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useRunningTrials } from '../../data/running-trials.js';
import { formatAge, formatCount, formatMoment } from '../../format.js';
import { AgentOrders } from './agent-orders.js';
import { fleetSentence, standingOf } from './agent-standing.js';
import { DeviceRow } from './device-row.js';
import { useReadings } from './use-readings.js';

const most = 24;

/** Every agent with its devices, what they do, how they are, and what an operator may tell them. */
export function AgentCards({ agents }: { agents: readonly AgentDocument[] }) {
  const [all, setAll] = useState(false);
  const readings = useReadings(agents);
  const trials = useRunningTrials();
  if (agents.length === 0)
    return (
      <Alert title="No agent has connected yet" color="cyan">
        An agent measures on the host it runs on. <code>npx octet up</code> starts one here; on other hosts start the
        agent with this controller&apos;s address and the agent token.
      </Alert>
    );
  return (
    <Stack gap="sm">
      <Text role="status">{fleetSentence(agents)}</Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {(all ? agents : agents.slice(0, most)).map((agent) => (
          <AgentCard key={agent.id} agent={agent} readings={readings} trials={trials} />
        ))}
      </SimpleGrid>
      {agents.length > most && (
        <Group>
          <Button variant="default" size="compact-sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${agents.length} agents`}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface Props {
  agent: AgentDocument;
  readings: ReturnType<typeof useReadings>;
  trials: ReturnType<typeof useRunningTrials>;
}

function AgentCard({ agent, readings, trials }: Props) {
  const standing = standingOf(agent);
  return (
    <Card withBorder component="article" aria-label={`Agent ${agent.name}`}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Title order={2} size="h5" className="clip">
              {agent.name}
            </Title>
            <Text size="xs" className="quiet" title={formatMoment(agent.lastSeenAt)}>
              {agent.state === 'connected' ? 'seen now' : `seen ${formatAge(agent.lastSeenAt, Date.now())}`}, version{' '}
              {agent.version}
            </Text>
          </div>
          <Badge color={standing.color} radius="sm" tt="none" autoContrast miw="fit-content">
            {standing.sign} {standing.word}
          </Badge>
        </Group>
        {standing.says !== null && <Text size="sm">{standing.says}</Text>}
        {agent.slots.length === 0 && <Text size="sm">{formatCount(0, 'device')}</Text>}
        {agent.slots.map((slot) => (
          <DeviceRow
            key={slot.slotId}
            slot={slot}
            history={readings.get(`${agent.id}/${slot.slotId}`) ?? null}
            trial={slot.running === null ? null : (trials?.get(slot.running.trialId) ?? null)}
          />
        ))}
        <AgentOrders agent={agent} />
      </Stack>
    </Card>
  );
}
