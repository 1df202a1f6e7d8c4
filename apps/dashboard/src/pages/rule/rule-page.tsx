import { routes, type Bundle, type LiveEvent, type StoredRow, type StoredSweep, type SweepList } from '@octet/protocol';
import { Alert, Anchor, Card, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { Chart } from '../../charts/chart.js';
import { useDocument } from '../../data/use-document.js';
import { useUrlState } from '../../data/use-url-state.js';
import { formatFactor, formatMoment, formatSpeedup } from '../../format.js';
import { CopyBlock } from '../../parts/copy-block.js';
import { LoadState } from '../../parts/load-state.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import { heatMap, shortCount } from './heat-map.js';
import { ownPoints, type OwnPoint } from './own-models.js';
import { breakEvenLines, ruleHalf, ruleViews, sizeName, type BreakEvenLine, type RuleView } from './rule-view.js';

const trialEnded = (event: LiveEvent) => event.type === 'trial.state' && event.state === 'done';

/** The lecture's rule of thumb, tested on generated stacks, with the user's own models on the same map. */
export function RulePage() {
  const loaded = useDocument<SweepList>(routes.sweeps);
  return (
    <Stack>
      <div>
        <Title order={1} size="h2">
          The rule of thumb
        </Title>
        <Text className="quiet">
          “Bigger weights, bigger speed-up; bigger input, smaller gain”: a claim, tested on generated stacks of equal
          layers. From which weights on does INT8 pay?
        </Text>
      </div>
      <LoadState loaded={loaded}>
        {({ sweeps }) => (sweeps.length === 0 ? <NoSweep /> : <Maps sweeps={sweeps} />)}
      </LoadState>
    </Stack>
  );
}

function NoSweep() {
  return (
    <Alert title="No grid has been measured yet" color="cyan">
      <Text mb="sm">
        Run this on the machine whose device you ask about. It generates the stacks, measures each, and gives the grid
        to this controller:
      </Text>
      <CopyBlock text="npx octet sweep --store" label="octet sweep command" />
    </Alert>
  );
}

function Maps({ sweeps }: { sweeps: readonly StoredSweep[] }) {
  const url = useUrlState();
  const views = useMemo(() => ruleViews(sweeps), [sweeps]);
  const view = views.find((each) => each.key === url.get('map')) ?? views[0]!;
  return (
    <Stack>
      <NativeSelect
        className="no-print"
        label="Device class"
        data={views.map(({ key, label }) => ({ value: key, label }))}
        value={view.key}
        onChange={(event) => url.set({ map: event.currentTarget.value })}
        maw={520}
      />
      <Answer view={view} />
      <Map key={view.key} view={view} />
    </Stack>
  );
}

function Answer({ view: { rule, sweep } }: { view: RuleView }) {
  const [weights, input] = [ruleHalf(rule.weights), ruleHalf(rule.input)];
  return (
    <Card withBorder component="section" aria-label="What the grid says">
      <Text>
        <b>Bigger weights, bigger speed-up: {weights.word}.</b> <span className="quiet">({weights.says}.)</span>
      </Text>
      <Text>
        <b>Bigger input, smaller gain: {input.word}.</b> <span className="quiet">({input.says}.)</span>
      </Text>
      <Text size="sm" className="quiet" mt={6}>
        {sweep.cells.length} stacks of {sweep.definition.depth} layers, random weights and inputs, {sweep.runtime.name}{' '}
        {sweep.runtime.version}, measured {formatMoment(sweep.measuredAt)}.
        {sweep.cells.some(({ speedup }) => speedup !== null && speedup.low === null)
          ? ' Some cells are medians of one build without an interval: small differences between them mean little.'
          : ''}
      </Text>
    </Card>
  );
}

function Map({ view }: { view: RuleView }) {
  const { sweep } = view;
  const place = new URLSearchParams({ class: sweep.device.class, runtime: sweep.runtime.name });
  const rows = useDocument<{ results: StoredRow[] }>(`${routes.verdicts}?${place.toString()}`, trialEnded);
  const models = useDocument<{ models: Bundle[] }>(routes.models);
  const [results, bundles] = [rows.document?.results ?? null, models.document?.models ?? null];
  const own = useMemo(
    () => (results === null || bundles === null ? [] : ownPoints(sweep, results, bundles)),
    [sweep, results, bundles],
  );
  const config = useMemo(() => heatMap(view, own), [view, own]);
  return (
    <>
      <Card withBorder component="section" aria-label="Map">
        <Chart
          title="Speed-up over weights and input"
          note="Blue cells: INT8 is faster; vermilion cells: it is slower; the number says how much. Right of the thick line INT8 pays, as fitted to all cells."
          config={config}
          summary={summaryOf(view, own)}
          height={460}
          data={{
            columns: ['what', 'weights in each layer', sizeName(sweep), 'speed-up', 'low', 'high', 'verdict'],
            rows: dataRows(view, own),
          }}
        />
      </Card>
      <Card withBorder component="section" aria-label="Break-even">
        <Stack gap="xs">
          <Title order={2} size="h4">
            From which weights on INT8 pays
          </Title>
          {view.fit === null ? (
            <Text>Too few cells were measured for a fit.</Text>
          ) : (
            <SortableTable
              caption="Weights in each layer from which INT8 pays"
              columns={breakEvenColumns(view)}
              rows={breakEvenLines(view)}
            />
          )}
        </Stack>
      </Card>
      <OwnModels own={own} sweep={sweep} loading={results === null || bundles === null} />
    </>
  );
}

function summaryOf({ sweep, rule }: RuleView, own: readonly OwnPoint[]): string {
  const speedups = sweep.cells.flatMap(({ speedup }) => (speedup === null ? [] : [speedup.median]));
  const range = `speed-ups from ${formatFactor(Math.min(...speedups))} to ${formatFactor(Math.max(...speedups))}`;
  return `Map of ${sweep.cells.length} cells for ${sweep.device.name}: ${range}; bigger weights ${ruleHalf(rule.weights).word}, bigger input ${ruleHalf(rule.input).word}; ${own.length} of your models on it`;
}

function dataRows({ sweep }: RuleView, own: readonly OwnPoint[]) {
  return [
    ...sweep.cells.map(({ cell, speedup, verdict }) => [
      cell.name,
      cell.weights / cell.depth,
      cell.size,
      speedup?.median ?? null,
      speedup?.low ?? null,
      speedup?.high ?? null,
      verdict,
    ]),
    ...own.map(({ name, batch, weightsPerLayer, size, speedup: { median, low, high } }) => [
      `${name}, batch ${batch}`,
      Math.round(weightsPerLayer),
      size,
      median,
      low,
      high,
      null,
    ]),
  ];
}

function breakEvenColumns({ sweep }: RuleView): Column<BreakEvenLine>[] {
  const count = (weights: number | null) => (weights === null ? '–' : shortCount(weights));
  const interval = ({ low, high }: BreakEvenLine) =>
    low === null && high === null ? 'not bounded' : `${count(low)} to ${count(high)}`;
  return [
    { name: sizeName(sweep), value: (line) => line.size, numeric: true },
    {
      name: 'INT8 pays from',
      value: (line) => line.weightsPerLayer,
      show: (line) =>
        line.weightsPerLayer === null ? 'never, by this slope' : `${count(line.weightsPerLayer)} weights`,
      numeric: true,
    },
    { name: '95 % interval', value: interval, numeric: true },
    {
      name: 'Inside what was measured',
      value: (line) => (line.withinGrid ? 'yes' : 'no: extrapolated'),
    },
  ];
}

const ownColumns = (sweep: StoredSweep, own: readonly OwnPoint[]): Column<OwnPoint>[] => [
  { name: '#', value: (point) => own.indexOf(point) + 1, numeric: true },
  {
    name: 'Model',
    value: ({ name }) => name,
    show: ({ name, sha256 }) => (
      <Anchor component={Link} href={`/models/${sha256}`} underline="always">
        {name}
      </Anchor>
    ),
  },
  { name: 'Batch', value: ({ batch }) => batch, numeric: true },
  {
    name: 'Weights in a layer, mean',
    value: ({ weightsPerLayer }) => Math.round(weightsPerLayer),
    show: ({ weightsPerLayer }) => shortCount(weightsPerLayer),
    numeric: true,
  },
  { name: sizeName(sweep), value: ({ size }) => Math.round(size), numeric: true },
  {
    name: 'Measured speed-up',
    value: ({ speedup }) => speedup.median,
    show: ({ speedup, trialId }) =>
      trialId === null ? (
        formatSpeedup(speedup)
      ) : (
        <Anchor component={Link} href={`/trials/${trialId}`} underline="always">
          {formatSpeedup(speedup)}
        </Anchor>
      ),
    numeric: true,
  },
];

function OwnModels({ own, sweep, loading }: { own: readonly OwnPoint[]; sweep: StoredSweep; loading: boolean }) {
  const kind = sweep.definition.family === 'convolution' ? 'with convolutions' : 'of dense layers';
  const columns = useMemo(() => ownColumns(sweep, own), [sweep, own]);
  if (loading) return null;
  return (
    <Card withBorder component="section" aria-label="Your models on this map">
      <Stack gap="xs">
        <Title order={2} size="h4">
          Your models on this map
        </Title>
        {own.length === 0 ? (
          <Text>
            No model {kind} that this controller holds was measured on {sweep.device.name} with {sweep.runtime.name}.{' '}
            <Link href="/submit">Measure one</Link>
          </Text>
        ) : (
          <>
            <Text size="sm" className="quiet">
              A network is no stack of equal layers: its place is rough, by the mean weights of its layers and the size
              of its input. The measured speed-up counts.
            </Text>
            <SortableTable caption="Your models" columns={columns} rows={own} />
          </>
        )}
      </Stack>
    </Card>
  );
}
