import { routes, type GridDocument, type StoredRow } from '@octet/protocol';
import { Alert, Card, Checkbox, Group, NativeSelect, NumberInput, Stack, Text, Title } from '@mantine/core';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { Chart } from '../../charts/chart.js';
import { palette } from '../../charts/palette.js';
import { byName, targetKey, targetText, type Target } from '../../data/targets.js';
import { useDocument } from '../../data/use-document.js';
import { useUrlState, type UrlState } from '../../data/use-url-state.js';
import { LoadState } from '../../parts/load-state.js';
import { SortableTable } from '../../parts/sortable-table.js';
import { batchesOf, usualBatch } from '../overview/grid-view.js';
import { columnsFor, ratioText } from './compare-columns.js';
import { compareTargets, engines, measuredOf, type TargetComparison } from './comparison.js';

const mostTargets = 8;

/** Device classes side by side over the models that were measured on them. */
export function ComparePage() {
  const grid = useDocument<GridDocument>(routes.grid);
  return (
    <Stack>
      <Title order={1} size="h2">
        Compare devices
      </Title>
      <LoadState loaded={grid}>{(document) => <Comparison grid={document} />}</LoadState>
    </Stack>
  );
}

function Comparison({ grid }: { grid: GridDocument }) {
  const url = useUrlState();
  const batch = Number(url.get('batch') ?? usualBatch(grid) ?? 1);
  const asked = url.getAll('device');
  const targets = grid.targets.toSorted(byName);
  const preferred = asked.length === 0 ? mostMeasured(grid, batch) : asked;
  const chosen = targets.filter((target) => preferred.includes(targetKey(target)));
  const keys = chosen.map(targetKey);
  const pick = (target: Target, on: boolean) => {
    const next = targets.map(targetKey).filter((key) => (key === targetKey(target) ? on : keys.includes(key)));
    url.set({ device: next, ...movedPrices(url, keys, next) });
  };
  if (grid.targets.length === 0) return <Alert title="Nothing measured yet">Verdicts come first.</Alert>;
  return (
    <Stack>
      <Group align="flex-start" gap="xl" className="no-print">
        <Checkbox.Group label={`Device classes (up to ${mostTargets}; the first is the base)`} value={keys}>
          <Stack gap={6} mt={6} mah={320} style={{ overflowY: 'auto' }}>
            {targets.map((target) => (
              <Checkbox
                key={targetKey(target)}
                value={targetKey(target)}
                label={targetText(target)}
                disabled={!keys.includes(targetKey(target)) && keys.length >= mostTargets}
                onChange={(event) => pick(target, event.currentTarget.checked)}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <NativeSelect
          label="Batch"
          data={batchesOf(grid).map(String)}
          value={String(batch)}
          onChange={(event) => url.set({ batch: event.currentTarget.value })}
        />
      </Group>
      {chosen.length < 2 ? (
        <Alert title="Choose two device classes or more" color="cyan">
          {grid.targets.length < 2
            ? 'Only one device class has results so far: connect an agent on another device, or import results measured elsewhere.'
            : 'Tick them above.'}
        </Alert>
      ) : null}
      {chosen.length > 0 && <Chosen targets={chosen} batch={batch} />}
    </Stack>
  );
}

/** The classes with the most measured models at a batch, up to four: what a reader most likely wants side by side. */
function mostMeasured(grid: GridDocument, batch: number): string[] {
  const counts = grid.targets.map((target, index) => ({
    target,
    count: grid.cells.filter((cell) => cell.target === index && cell.batch === batch && cell.floatVariant !== null)
      .length,
  }));
  const measured = counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  return measured.slice(0, 4).map(({ target }) => targetKey(target));
}

/** Prices are in the address by place (`price1` is the first device's): each stays with its device when others come or go. */
function movedPrices(
  url: UrlState,
  before: readonly string[],
  after: readonly string[],
): Record<string, string | null> {
  const moved = Array.from({ length: mostTargets }, (_, place) => {
    const was = before.indexOf(after[place] ?? '');
    return [`price${place + 1}`, was < 0 ? null : url.get(`price${was + 1}`)] as const;
  });
  return Object.fromEntries(moved);
}

function Chosen({ targets, batch }: { targets: readonly Target[]; batch: number }) {
  const url = useUrlState();
  const loaded = useDocument<{ results: StoredRow[] }>(`${routes.verdicts}?batch=${batch}`);
  const prices = new Map(
    targets.flatMap((target, index) => {
      const price = Number(url.get(`price${index + 1}`) ?? '');
      return price > 0 ? [[targetKey(target), price] as const] : [];
    }),
  );
  return (
    <Stack>
      <Group className="no-print" align="flex-end">
        {targets.map((target, index) => (
          <NumberInput
            key={targetKey(target)}
            label={`Price per hour: ${target.deviceName}`}
            min={0}
            decimalScale={4}
            placeholder="unknown"
            value={url.get(`price${index + 1}`) ?? ''}
            onChange={(value) => url.set({ [`price${index + 1}`]: String(value) })}
          />
        ))}
      </Group>
      <LoadState loaded={loaded} height={420}>
        {({ results }) => <Result comparisons={compareTargets(measuredOf(results, batch), targets, batch, prices)} />}
      </LoadState>
    </Stack>
  );
}

function Result({ comparisons }: { comparisons: readonly TargetComparison[] }) {
  const config = useMemo(() => compareConfig(comparisons), [comparisons]);
  const columns = useMemo(() => columnsFor(comparisons), [comparisons]);
  const inCommon = comparisons.slice(1).some((each) => Object.values(each.relative).some((ratio) => ratio !== null));
  return (
    <Card withBorder component="section" aria-label="Comparison">
      <Stack>
        {inCommon ? (
          <Chart
            title={`Speed relative to ${comparisons[0]?.target.deviceName ?? ''}`}
            note="Geometric mean over the models measured on both; higher is faster. Intervals need three models or more."
            config={config}
            summary={comparisons
              .map((each) => `${targetText(each.target)}: INT8 ${ratioText(each.relative['int8'] ?? null)}`)
              .join('; ')}
            height={280}
            data={{
              columns: ['device class', ...engines, 'gain of INT8'],
              rows: comparisons.map((each) => [
                targetText(each.target),
                ...engines.map((engine) => each.relative[engine]?.mean ?? null),
                each.gain?.mean ?? null,
              ]),
            }}
          />
        ) : (
          <Alert color="yellow" title="No model was measured on two of these">
            Relative speed needs the same model on both: submit it for these device classes together.
          </Alert>
        )}
        <SortableTable caption="Device classes compared" columns={columns} rows={comparisons} />
        <Text size="sm" className="quiet">
          Energy: of one inference, the whole device, geometric mean over the models that it was measured for (a GPU
          that tells its power under lasting load, a CPU whose counters can be read). Cost: the fastest accurate engine,
          one batch after another, at full use of the device.
        </Text>
      </Stack>
    </Card>
  );
}

function compareConfig(comparisons: readonly TargetComparison[]): ChartConfiguration {
  const colors = { fp32: palette.float, fp16: palette.quantize, int8: palette.int8 };
  return {
    type: 'bar',
    data: {
      labels: comparisons.map((each) => each.target.deviceName),
      datasets: engines.map((engine) => ({
        label: engine.toUpperCase(),
        data: comparisons.map((each) => each.relative[engine]?.mean ?? null),
        backgroundColor: colors[engine],
      })),
    },
    options: {
      scales: {
        y: { beginAtZero: true, title: { display: true, text: 'times as fast' } },
        x: { grid: { display: false } },
      },
      plugins: { legend: { position: 'bottom' } },
    },
  };
}
