import { proofRepetitions, type ProofVerdict, type RolloutPlan, type ServingFigures } from '@octet/domain';
import { routes, type LiveEvent, type MatrixDocument, type ProofEntry, type ProofList } from '@octet/protocol';
import { Alert, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { ApiError, postDocument } from '../../data/api.js';
import { useDocument } from '../../data/use-document.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';

/** Of each load. */
const servedSeconds = 15;
const anyTrial = (event: LiveEvent) => event.type === 'trial.state';

export interface ProofPlace {
  sha256: string;
  deviceClass: string;
  runtime: string;
}

/** Forecast against served: an agent of the class serves real load by the plan. */
export function Proofs({ place, plan }: { place: ProofPlace; plan: RolloutPlan | null }) {
  const query = new URLSearchParams({ model: place.sha256, class: place.deviceClass });
  const { document } = useDocument<ProofList>(`${routes.proofs}?${query}`, anyTrial);
  const proofs = document?.proofs ?? [];
  const newest = proofs.find(({ proof }) => proof !== null)?.proof ?? null;
  return (
    <Card withBorder component="section" aria-label="Proof by serving">
      <Stack>
        <Text fw={500}>Proof by serving</Text>
        <Text size="sm" className="quiet">
          An agent of this device class builds the plan’s engines and serves real load, one device’s share of the rate,
          three times. The middle one of the three stands beside the forecast; where they differ, the launch times under
          load say why.
        </Text>
        {plan !== null && place.runtime === 'onnxruntime' && <Ask place={place} plan={plan} />}
        {place.runtime !== 'onnxruntime' && (
          <Text size="sm">Plans are served with onnxruntime only; this one was measured with {place.runtime}.</Text>
        )}
        {newest !== null && <Text size="sm">{newest.verdict.sentence}</Text>}
        {proofs.length > 0 && <SortableTable caption="Served, the newest first" columns={columns} rows={proofs} />}
      </Stack>
    </Card>
  );
}

function Ask({ place, plan }: { place: ProofPlace; plan: RolloutPlan }) {
  const [state, setState] = useState<{ asked: boolean; error: string | null }>({ asked: false, error: null });
  const ask = () => {
    setState({ asked: true, error: null });
    const { variant, policy, engines, waitMs, throughputPerS, instances } = plan;
    const served = { variant, policy, engines, waitMs, ratePerS: throughputPerS / instances };
    const body = {
      model: place.sha256,
      class: place.deviceClass,
      runtime: place.runtime,
      plan: served,
      seconds: servedSeconds,
    };
    postDocument<MatrixDocument>(routes.proofs, body).then(
      () => setState({ asked: false, error: null }),
      (error: unknown) => setState({ asked: false, error: error instanceof ApiError ? error.message : String(error) }),
    );
  };
  return (
    <>
      <Group className="no-print">
        <Button size="compact-sm" loading={state.asked} onClick={ask}>
          Serve the best plan, {proofRepetitions} times {servedSeconds} s
        </Button>
      </Group>
      {state.error !== null && (
        <Alert color="red" title="Not asked for">
          {state.error}
        </Alert>
      )}
    </>
  );
}

const ms = (value: number) => value.toLocaleString(undefined, { maximumSignificantDigits: 3 });

function outcome({ held, reason }: ProofVerdict): string {
  if (held) return 'held';
  return reason === 'launches-moved' ? 'missed: launches moved' : 'missed: queue model';
}

function withInterval({ p99Ms, p99Interval }: Pick<ServingFigures, 'p99Ms' | 'p99Interval'>): string {
  return p99Interval === null ? ms(p99Ms) : `${ms(p99Ms)} [${ms(p99Interval.lowMs)}, ${ms(p99Interval.highMs)}]`;
}

const columns: Column<ProofEntry>[] = [
  {
    name: 'Plan',
    value: ({ plan }) => `${plan.variant} ${plan.policy} ${plan.engines.join(', ')}`,
    show: ({ plan, trialId }) => (
      <Link href={`/trials/${trialId}`}>
        {plan.variant}, {plan.policy} {plan.engines.join(', ')}
      </Link>
    ),
  },
  { name: 'State', value: ({ state, error }) => error?.message ?? state },
  { name: 'Requests/s', value: ({ plan }) => plan.ratePerS, show: ({ plan }) => ms(plan.ratePerS), numeric: true },
  {
    name: 'Throughput, served / forecast',
    value: ({ proof }) => proof?.ratio.throughput ?? null,
    show: ({ proof }) => proof?.ratio.throughput.toFixed(3) ?? '…',
    numeric: true,
  },
  {
    name: 'p99 forecast, ms',
    value: ({ proof }) => proof?.forecast.p99Ms ?? null,
    show: ({ proof }) => (proof === null ? '…' : withInterval(proof.forecast)),
    numeric: true,
  },
  {
    name: 'p99 served, ms',
    value: ({ proof }) => proof?.served.p99Ms ?? null,
    show: ({ proof }) => (proof === null ? '…' : withInterval(proof.served)),
    numeric: true,
  },
  {
    name: 'p99 from launches under load, ms',
    value: ({ proof }) => proof?.replayed.p99Ms ?? null,
    show: ({ proof }) => (proof === null ? '…' : ms(proof.replayed.p99Ms)),
    numeric: true,
  },
  { name: 'Forecast', value: ({ proof }) => (proof === null ? '…' : outcome(proof.verdict)) },
];
