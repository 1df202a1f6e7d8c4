import {
  routes,
  type AgentDocument,
  type DeviceClassDocument,
  type LaneDocument,
  type LiveEvent,
} from '@octet/protocol';
import { Card, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { allAnswered, useDocument, type Loaded } from '../../data/use-document.js';
import { Loading, LoadState } from '../../parts/load-state.js';
import { AgentCards } from './agent-cards.js';
import { ArchitectureTable, DeviceAbilities, type ArchitectureRow } from './capability-tables.js';
import { LaneTable } from './lane-table.js';

const fleetChanged = (event: LiveEvent) =>
  event.type === 'agent.state' || event.type === 'agent.duty' || event.type === 'trial.state';

interface FleetDocuments {
  agents: Loaded<{ agents: AgentDocument[] }>;
  lanes: Loaded<{ lanes: LaneDocument[] }>;
  classes: Loaded<{ deviceClasses: DeviceClassDocument[] }>;
  capabilities: Loaded<{ rows: ArchitectureRow[] }>;
}

export function FleetPage() {
  const documents: FleetDocuments = {
    agents: useDocument(routes.agents, fleetChanged),
    lanes: useDocument(routes.lanes, fleetChanged),
    classes: useDocument(routes.deviceClasses, fleetChanged),
    capabilities: useDocument(routes.capabilities),
  };
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Fleet
      </Title>
      {allAnswered(...Object.values(documents)) ? <Fleet {...documents} /> : <Loading height="80vh" />}
    </Stack>
  );
}

function Fleet({ agents, lanes, classes, capabilities }: FleetDocuments) {
  return (
    <>
      <LoadState loaded={agents}>{(document) => <AgentCards agents={document.agents} />}</LoadState>
      <Section
        title="Lanes"
        says="One queue for each device class and runtime; the lanes of a class share its devices."
      >
        <LoadState loaded={lanes}>
          {(document) => <LaneTable lanes={document.lanes} classes={classes.document?.deviceClasses ?? []} />}
        </LoadState>
      </Section>
      <Section
        title="What each device runs fast"
        says="Decided before anything is measured, by device, runtime and version. What has no fast path is answered unsupported."
      >
        <LoadState loaded={agents}>{(document) => <DeviceAbilities agents={document.agents} />}</LoadState>
      </Section>
      <Section title="By compute capability" says="The table behind these answers, for GPUs that this fleet lacks too.">
        <LoadState loaded={capabilities}>{({ rows }) => <ArchitectureTable rows={rows} />}</LoadState>
      </Section>
    </>
  );
}

function Section({ title, says, children }: { title: string; says: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="sm" className="quiet" mb="xs">
        {says}
      </Text>
      {children}
    </Card>
  );
}
