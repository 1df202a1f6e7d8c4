import { routes, type AgentDocument, type LiveEvent } from '@octet/protocol';
import { Alert, Stack, Table, Title } from '@mantine/core';
import { useDocument } from '../data/use-document.js';
import { formatMoment } from '../format.js';
import { LoadState } from '../parts/load-state.js';

const fleetChanged = (event: LiveEvent) => event.type === 'agent.state' || event.type === 'trial.state';

export function FleetPage() {
  const loaded = useDocument<{ agents: AgentDocument[] }>(routes.agents, fleetChanged);
  return (
    <Stack>
      <Title order={2}>Fleet</Title>
      <LoadState loaded={loaded}>{({ agents }) => <AgentTable agents={agents} />}</LoadState>
    </Stack>
  );
}

function AgentTable({ agents }: { agents: readonly AgentDocument[] }) {
  if (agents.length === 0) return <Alert title="No agent has connected yet">Start one: octet up</Alert>;
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {['Agent', 'State', 'Device class', 'Runtimes', 'Running', 'Last seen'].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agents.flatMap((agent) =>
            agent.slots.map((slot) => (
              <Table.Tr key={`${agent.id} ${slot.slotId}`}>
                <Table.Td>{agent.name}</Table.Td>
                <Table.Td>{agent.state}</Table.Td>
                <Table.Td>{slot.deviceClass}</Table.Td>
                <Table.Td>{slot.runtimes.map((runtime) => `${runtime.name} ${runtime.version}`).join(', ')}</Table.Td>
                <Table.Td>{slot.running === null ? 'idle' : `trial ${slot.running.trialId}`}</Table.Td>
                <Table.Td>{formatMoment(agent.lastSeenAt)}</Table.Td>
              </Table.Tr>
            )),
          )}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
