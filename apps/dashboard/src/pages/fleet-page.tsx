import {
  routes,
  type AgentDocument,
  type DeviceClassDocument,
  type LiveEvent,
  type TrialSummary,
} from '@octet/protocol';
import { Alert, Anchor, Badge, Card, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useDocument } from '../data/use-document.js';
import { classDetail, formatMoment } from '../format.js';
import { LoadState } from '../parts/load-state.js';
import { RunningTrials } from '../parts/running-trials.js';
import { SortableTable, type Column } from '../parts/sortable-table.js';

const fleetChanged = (event: LiveEvent) => event.type === 'agent.state' || event.type === 'trial.state';

interface CapabilityRow extends Record<string, unknown> {
  sm: string;
  example: string;
}

export function FleetPage() {
  const agents = useDocument<{ agents: AgentDocument[] }>(routes.agents, fleetChanged);
  const classes = useDocument<{ deviceClasses: DeviceClassDocument[] }>(routes.deviceClasses, fleetChanged);
  const queued = useDocument<{ trials: TrialSummary[] }>(`${routes.trials}?state=queued&limit=10000`, fleetChanged);
  const capabilities = useDocument<{ rows: CapabilityRow[] }>(routes.capabilities);
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Fleet
      </Title>
      <RunningTrials />
      <LoadState loaded={agents} height={180}>
        {(document) => <Agents agents={document.agents} />}
      </LoadState>
      <Card withBorder component="section" aria-label="Lanes">
        <Title order={2} size="h4">
          Lanes
        </Title>
        <Text size="sm" className="quiet" mb="xs">
          One queue for each device class and runtime. A lane without a connected device waits until one comes.
        </Text>
        <LoadState loaded={classes} height={120}>
          {({ deviceClasses }) => <Lanes classes={deviceClasses} queued={queued.document?.trials ?? []} />}
        </LoadState>
      </Card>
      <Card withBorder component="section" aria-label="Capabilities">
        <Title order={2} size="h4">
          What each architecture runs fast
        </Title>
        <Text size="sm" className="quiet" mb="xs">
          By compute capability. What has no fast path is answered <i>unsupported</i> instead of measured.
        </Text>
        <LoadState loaded={capabilities} height={400}>
          {({ rows }) => <Capabilities rows={rows} />}
        </LoadState>
      </Card>
    </Stack>
  );
}

function Agents({ agents }: { agents: readonly AgentDocument[] }) {
  if (agents.length === 0)
    return (
      <Alert title="No agent has connected yet" color="cyan">
        An agent measures on the host it runs on. <code>octet up</code> starts one here; on other hosts start the agent
        with this controller&apos;s address and the agent token.
      </Alert>
    );
  const slots = agents.flatMap((agent) => agent.slots.map((slot) => ({ agent, slot })));
  return <SortableTable caption="Agents and their devices" columns={agentColumns} rows={slots} most={50} />;
}

type SlotRow = { agent: AgentDocument; slot: AgentDocument['slots'][number] };

const agentColumns: Column<SlotRow>[] = [
  { name: 'Agent', value: ({ agent }) => agent.name },
  {
    name: 'State',
    value: ({ agent }) => agent.state,
    show: ({ agent }) => (
      <Badge color={agent.state === 'connected' ? 'teal.9' : 'orange.9'} radius="sm" tt="none" autoContrast>
        {agent.state === 'connected' ? '● connected' : '○ lost'}
      </Badge>
    ),
  },
  {
    name: 'Device',
    value: ({ slot }) => slot.deviceClass,
    show: ({ slot }) => (
      <>
        {slot.device.name}
        <Text size="xs" className="quiet">
          {slot.deviceClass}
        </Text>
      </>
    ),
  },
  {
    name: 'Runtimes',
    value: ({ slot }) => slot.runtimes.map((runtime) => `${runtime.name} ${runtime.version}`).join(', '),
  },
  {
    name: 'Doing',
    value: ({ slot }) => slot.running?.trialId ?? 'idle',
    show: ({ slot }) =>
      slot.running === null ? (
        'idle'
      ) : (
        <Anchor component={Link} href={`/trials/${slot.running.trialId}`} underline="always">
          measuring
        </Anchor>
      ),
  },
  { name: 'Last seen', value: ({ agent }) => formatMoment(agent.lastSeenAt) },
];

interface Lane {
  device: DeviceClassDocument;
  runtime: string;
  queued: number;
}

function Lanes({ classes, queued }: { classes: readonly DeviceClassDocument[]; queued: readonly TrialSummary[] }) {
  const lanes = classes.flatMap((device) =>
    device.runtimes.map((runtime): Lane => {
      const waiting = queued.filter((t) => t.deviceClass === device.deviceClass && t.runtime === runtime.name);
      return { device, runtime: runtime.name, queued: waiting.length };
    }),
  );
  if (lanes.length === 0) return <Text>No device class has ever connected.</Text>;
  return <SortableTable caption="Queue of each lane" columns={laneColumns} rows={lanes} />;
}

const laneColumns: Column<Lane>[] = [
  {
    name: 'Device class',
    value: ({ device }) => device.deviceClass,
    show: ({ device }) => `${device.name}, ${classDetail(device.deviceClass)}`,
  },
  { name: 'Runtime', value: ({ runtime }) => runtime },
  { name: 'Queued', value: ({ queued }) => queued, numeric: true },
  { name: 'Devices connected', value: ({ device }) => device.connectedSlots, numeric: true },
  {
    name: 'Waits for',
    value: ({ device, queued }) =>
      queued === 0 ? 'nothing' : device.connectedSlots === 0 ? 'a device of this class to connect' : 'a free device',
  },
  {
    name: 'Noise floor',
    value: ({ device }) => device.noiseFloor,
    show: ({ device }) => `${(device.noiseFloor * 100).toFixed(1)} %`,
    numeric: true,
  },
];

const abilities = [
  ['fp32', 'FP32'],
  ['tf32', 'TF32'],
  ['fp16', 'FP16'],
  ['bf16', 'BF16'],
  ['fp8', 'FP8'],
  ['int8', 'INT8'],
  ['dp4a', 'DP4A'],
  ['fp16TensorCores', 'FP16 tensor cores'],
  ['int8TensorCores', 'INT8 tensor cores'],
  ['dla', 'DLA'],
] as const;

function Capabilities({ rows }: { rows: readonly CapabilityRow[] }) {
  const shown = abilities.filter(([key]) => rows.some((row) => typeof row[key] === 'boolean'));
  return (
    <Table.ScrollContainer minWidth={720} tabIndex={0} role="region" aria-label="Capability table">
      <Table verticalSpacing={3}>
        <Table.Thead>
          <Table.Tr>
            {['SM', 'Example', ...shown.map(([, name]) => name)].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.sm} ${row.example}`}>
              <Table.Th scope="row">{row.sm}</Table.Th>
              <Table.Td>{row.example}</Table.Td>
              {shown.map(([key]) => (
                <Table.Td key={key} fw={row[key] === true ? 600 : 400} className={row[key] === true ? '' : 'quiet'}>
                  {row[key] === true ? '● yes' : 'no'}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
