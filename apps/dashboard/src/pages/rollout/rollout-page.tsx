import { tritonConfig, type LatencyCurve, type RolloutPlan, type RolloutRequest } from '@octet/domain';
import { routes, type CurvesDocument, type GridDocument } from '@octet/protocol';
import { Alert, Button, Card, Group, List, NativeSelect, NumberInput, Slider, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { targetKey, targetText } from '../../data/targets.js';
import { useDocument } from '../../data/use-document.js';
import { useUrlState, type UrlState } from '../../data/use-url-state.js';
import { CopyBlock } from '../../parts/copy-block.js';
import { Loading, LoadState } from '../../parts/load-state.js';
import { fileName, saveFile } from '../../parts/save-file.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import type { PlanAnswer } from './plan-worker.js';
import { Proofs, type ProofPlace } from './proofs.js';
import { CurveChart, FrontierChart } from './rollout-charts.js';
import { SlidingNumber } from './sliding-number.js';
import { usePlan } from './use-plan.js';

/** From measured latency to a plan for serving: linear, batch or several engines; on how many devices, at what cost. */
export function RolloutPage() {
  const grid = useDocument<GridDocument>(routes.grid);
  return (
    <Stack>
      <Title order={1} size="h2">
        Roll out
      </Title>
      <Text className="quiet">
        Which engines, batched how, on how many devices? Simulated in this browser over Poisson arrivals from measured
        times, slow spells included; nothing is extrapolated.
      </Text>
      <LoadState loaded={grid}>{(document) => <Choose grid={document} />}</LoadState>
    </Stack>
  );
}

function Choose({ grid }: { grid: GridDocument }) {
  const url = useUrlState();
  const measured = grid.cells.filter((cell) => cell.speedup !== null);
  const models = grid.models.filter((_, index) => measured.some((cell) => cell.model === index));
  const model = models.find((each) => each.sha256 === url.get('model')) ?? models[0];
  const position = model === undefined ? -1 : grid.models.indexOf(model);
  const targets = grid.targets.filter((_, index) =>
    measured.some((cell) => cell.model === position && cell.target === index),
  );
  const target = targets.find((each) => targetKey(each) === url.get('device')) ?? targets[0];
  if (model === undefined || target === undefined)
    return (
      <Alert title="Nothing measured yet" color="cyan">
        A plan needs measured times: <Link href="/submit">submit a matrix</Link> with the batches you would serve.
      </Alert>
    );
  const query = new URLSearchParams({ model: model.sha256, class: target.deviceClass, runtime: target.runtime });
  return (
    <Stack>
      <Group align="flex-end" className="no-print">
        <NativeSelect
          label="Model"
          data={models.map((each) => ({ value: each.sha256, label: each.name }))}
          value={model.sha256}
          onChange={(event) => url.set({ model: event.currentTarget.value, device: null, bound: null })}
        />
        <NativeSelect
          label="Device class"
          data={targets.map((each) => ({ value: targetKey(each), label: targetText(each) }))}
          value={targetKey(target)}
          onChange={(event) => url.set({ device: event.currentTarget.value, bound: null })}
        />
      </Group>
      <Curves
        path={`${routes.curves}?${query}`}
        name={model.name}
        gpu={target.architecture.startsWith('sm_')}
        place={{ sha256: model.sha256, deviceClass: target.deviceClass, runtime: target.runtime }}
        url={url}
      />
    </Stack>
  );
}

interface PlaceProps {
  name: string;
  gpu: boolean;
  place: ProofPlace;
  url: UrlState;
}

function Curves({ path, ...props }: { path: string } & PlaceProps) {
  const loaded = useDocument<CurvesDocument>(path);
  return (
    <LoadState loaded={loaded} height={600}>
      {(document) => <Planner key={path} document={document} {...props} />}
    </LoadState>
  );
}

function Planner({ document, name, gpu, place, url }: { document: CurvesDocument } & PlaceProps) {
  const { curves } = document;
  const times = curves.flatMap((curve) => curve.points.map((point) => point.timeNs / 1e6));
  const slowest = Math.max(...times);
  const devices = Number(url.get('devices') ?? '4') || 4;
  const perS = curves.flatMap((curve) => curve.points.map(({ batch, timeNs }) => (batch / timeNs) * 1e9));
  const mostPerS = roundUp(Math.max(...perS) * devices);
  const boundMs = Number(url.get('bound') ?? roundUp(slowest * 4));
  const request = requestOf(curves, boundMs, url);
  const { answer, working } = usePlan(curves.length === 0 ? null : request);
  const batches = new Set(curves.flatMap((curve) => curve.points.map((point) => point.batch)));
  if (curves.length === 0) return <Alert title="No engine of this model may be served" color="yellow" />;
  return (
    <Stack>
      {batches.size < 2 && (
        <Alert color="yellow" title={`Only batch ${[...batches].join()} was measured`}>
          Batching and several engines can not be compared yet: submit this model with batches such as 1, 4, 8 and 16.
        </Alert>
      )}
      <Inputs url={url} boundMs={boundMs} slowestMs={slowest} mostPerS={mostPerS} />
      <Card withBorder component="section" aria-label="Plan" aria-busy={working}>
        <Stack>
          <Text size="lg" role="status" mih="3.1em">
            {answer === null ? 'Simulating …' : answer.answer.sentence}
          </Text>
          {answer !== null && answer.answer.plan !== null && (
            <Plans plan={answer.answer.plan} name={name} gpu={gpu} request={request} />
          )}
        </Stack>
      </Card>
      {answer === null ? <Loading height="80vh" /> : <BelowPlan answer={answer} document={document} place={place} />}
    </Stack>
  );
}

interface BelowPlanProps {
  answer: PlanAnswer;
  document: CurvesDocument;
  place: ProofPlace;
}

/** What stands below the plan is drawn once the plan is there: its height is not known before. */
function BelowPlan({ answer: { answer, frontier }, document: { curves, leftOut }, place }: BelowPlanProps) {
  return (
    <>
      {answer.unmet.length > 0 && (
        <List size="sm" className="quiet">
          {answer.unmet.map((each) => (
            <List.Item key={`${each.variant} ${each.policy}`}>
              No plan for {each.variant} by {each.policy}: {each.reason}
            </List.Item>
          ))}
        </List>
      )}
      {leftOut.length > 0 && (
        <List size="sm" className="quiet">
          {leftOut.map((each) => (
            <List.Item key={`${each.variant} ${each.batch}`}>
              {each.variant} at batch {each.batch} is left out: {each.reason}
            </List.Item>
          ))}
        </List>
      )}
      <Card withBorder component="section" aria-label="Curves">
        <Stack>
          <CurveChart curves={curves} />
          <FrontierChart frontier={frontier} />
        </Stack>
      </Card>
      <Proofs place={place} plan={answer.plan} />
    </>
  );
}

function requestOf(curves: readonly LatencyCurve[], boundMs: number, url: UrlState): RolloutRequest {
  return {
    curves,
    p99Ns: boundMs * 1e6,
    ratePerS: numberIn(url, 'rate'),
    batches: null,
    ways: null,
    trace: null,
    bursts: null,
    timeLimitNs: null,
    pricePerHour: numberIn(url, 'price'),
    memoryBytes: null,
    maxInstances: numberIn(url, 'devices') ?? 4,
    seed: 1,
    requests: 3000,
  };
}

function numberIn(url: UrlState, name: string): number | null {
  const value = Number(url.get(name) ?? '');
  return value > 0 ? value : null;
}

function roundUp(value: number): number {
  return Number(value.toPrecision(2));
}

interface InputsProps {
  url: UrlState;
  boundMs: number;
  slowestMs: number;
  /** What all devices serve when their queues never empty. */
  mostPerS: number;
}

function Inputs({ url, boundMs, slowestMs, mostPerS }: InputsProps) {
  const most = roundUp(slowestMs * 20);
  return (
    <Group align="flex-end" gap="xl" className="no-print">
      <div style={{ flex: '1 1 260px' }}>
        <Text size="sm" fw={500}>
          99 % of requests within {boundMs} ms
        </Text>
        <Slider
          min={roundUp(slowestMs / 4)}
          max={Math.max(most, boundMs)}
          step={roundUp(slowestMs / 20)}
          value={boundMs}
          label={(value) => `${value.toPrecision(3)} ms`}
          thumbLabel="Latency bound in ms"
          onChange={(value) => url.set({ bound: String(Number(value.toPrecision(3))) })}
        />
      </div>
      <SlidingNumber
        label="Requests per second"
        placeholder="the most possible"
        value={numberIn(url, 'rate')}
        most={mostPerS}
        step={roundUp(mostPerS / 100)}
        onChange={(value) => url.set({ rate: value === null ? null : String(value) })}
      />
      <NumberInput
        label="Devices at most"
        min={1}
        max={64}
        value={url.get('devices') ?? '4'}
        onChange={(value) => url.set({ devices: String(value) })}
      />
      <SlidingNumber
        label="Price of a device-hour"
        placeholder="unknown"
        value={numberIn(url, 'price')}
        most={5}
        step={0.05}
        onChange={(value) => url.set({ price: value === null ? null : String(value) })}
      />
    </Group>
  );
}

const columns: Column<RolloutPlan>[] = [
  { name: 'Way', value: (plan) => plan.policy },
  { name: 'Variant', value: (plan) => plan.variant },
  { name: 'Engines of batch', value: (plan) => plan.engines.join(', ') },
  { name: 'Devices', value: (plan) => plan.instances, numeric: true },
  { name: 'Wait, ms', value: (plan) => plan.waitMs, show: (plan) => plan.waitMs.toPrecision(2), numeric: true },
  {
    name: 'Requests/s',
    value: (p) => p.throughputPerS,
    show: (p) => p.throughputPerS.toLocaleString(undefined, { maximumSignificantDigits: 3 }),
    numeric: true,
  },
  { name: 'p50, ms', value: (plan) => plan.p50Ms, show: (plan) => plan.p50Ms.toPrecision(3), numeric: true },
  { name: 'p99, ms', value: (plan) => plan.p99Ms, show: (plan) => plan.p99Ms.toPrecision(3), numeric: true },
  {
    name: 'Cost of a million',
    value: (plan) => plan.costPerMillion,
    show: (plan) => plan.costPerMillion?.toPrecision(3) ?? 'no price',
    numeric: true,
  },
];

interface PlansProps {
  plan: RolloutPlan & { alternatives: RolloutPlan[] };
  name: string;
  gpu: boolean;
  request: RolloutRequest;
}

function Plans({ plan, name, gpu, request }: PlansProps) {
  const { alternatives, ...best } = plan;
  const config = tritonConfig(best, name, gpu ? 'KIND_GPU' : 'KIND_CPU');
  const { curves: _, ...asked } = request;
  const save = () =>
    saveFile(`${fileName(`rollout-${name}`)}.json`, new Blob([JSON.stringify({ asked, plan }, null, 2)]));
  return (
    <>
      <SortableTable caption="Ways to serve, the best first" columns={columns} rows={[best, ...alternatives]} />
      <Group className="no-print">
        <Button variant="default" size="compact-sm" onClick={save}>
          Save as JSON
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => saveFile('config.pbtxt', new Blob([config], { type: 'text/plain' }))}
        >
          Save Triton configuration
        </Button>
      </Group>
      <details>
        <summary>Triton configuration</summary>
        <CopyBlock text={config} label="Triton configuration" />
      </details>
    </>
  );
}
