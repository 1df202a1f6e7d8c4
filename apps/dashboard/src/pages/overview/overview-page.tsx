import { routes, type GridDocument, type LiveEvent } from '@octet/protocol';
import { Alert, Button, Card, Group, List, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { useDocument } from '../../data/use-document.js';
import { useUrlState, type UrlState } from '../../data/use-url-state.js';
import { formatCount, recipeText } from '../../format.js';
import { LoadState } from '../../parts/load-state.js';
import { PrintButton, PrintedFrom } from '../../parts/print-button.js';
import { usePrinting } from '../../parts/printing.js';
import { RunningTrials } from '../../parts/running-trials.js';
import { saveTable } from '../../parts/save-file.js';
import { VerdictLegend, verdicts } from '../../parts/verdict-mark.js';
import { batchesOf, gridTable, usualBatch, viewOf, type GridChoice, type GridView } from './grid-view.js';
import { PrintedVerdicts } from './printed-verdicts.js';
import { summaries } from './summary.js';
import { VerdictGrid } from './verdict-grid.js';

const trialChanged = (event: LiveEvent) => event.type === 'trial.state';
const firstSummaries = 4;

export function OverviewPage() {
  const loaded = useDocument<GridDocument>(routes.grid, trialChanged);
  return (
    <Stack>
      <Title order={1} size="h2">
        Is INT8 worth it?
      </Title>
      <PrintedFrom />
      <RunningTrials />
      <LoadState loaded={loaded} height="70vh">
        {(grid) => (grid.cells.length === 0 ? <NothingYet /> : <Verdicts grid={grid} />)}
      </LoadState>
    </Stack>
  );
}

function NothingYet() {
  return (
    <Alert title="Nothing measured yet" color="cyan">
      <Text mb="sm">
        Tell Octet which models to measure on which devices: <Link href="/submit">fill in a matrix</Link>, or run{' '}
        <code>octet submit MATRIX.yaml</code>. Verdicts appear here as trials end.
      </Text>
    </Alert>
  );
}

function Verdicts({ grid }: { grid: GridDocument }) {
  const url = useUrlState();
  const choice = choiceOf(grid, url);
  const deferred = useDeferredValue(JSON.stringify(choice));
  const view = useMemo(() => viewOf(grid, JSON.parse(deferred) as GridChoice), [grid, deferred]);
  const [now] = useState(() => Date.now());
  return (
    <Stack>
      <Summary view={view} />
      <Filters grid={grid} choice={choice} url={url} />
      <Group justify="space-between">
        <Text size="sm" className="quiet" role="status">
          {formatCount(view.models.length, 'model')} ×{' '}
          {formatCount(view.targets.length, 'device class', 'device classes')}
          {choice.batch === null ? '' : ` at batch ${choice.batch}`}
          {otherBatches(grid, choice.batch)}
        </Text>
        <Group gap="xs" className="no-print">
          <PrintButton />
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => {
              const { columns, rows } = gridTable(grid, view);
              saveTable('verdicts', columns, rows);
            }}
          >
            Save as CSV
          </Button>
        </Group>
      </Group>
      {view.count === 0 ? (
        <Alert title="No verdict fits these filters" color="yellow">
          <Button size="compact-sm" variant="default" onClick={() => url.set(noFilters)}>
            Clear the filters
          </Button>
        </Alert>
      ) : (
        <>
          <VerdictGrid grid={grid} view={view} now={now} />
          <PrintedVerdicts grid={grid} view={view} now={now} />
        </>
      )}
      <VerdictLegend />
    </Stack>
  );
}

/** Tells of cells that the batch hides: a model exported with batch 32 only would look missing. */
function otherBatches(grid: GridDocument, batch: number | null): string {
  const hidden = grid.cells.filter((cell) => cell.batch !== batch);
  if (hidden.length === 0) return '';
  const batches = [...new Set(hidden.map((cell) => cell.batch))].sort((a, b) => a - b);
  return `; ${formatCount(hidden.length, 'more cell')} at batch ${batches.join(', ')}`;
}

const noFilters = { batch: null, recipe: null, architecture: null, runtime: null, verdict: null, text: null };

function choiceOf(grid: GridDocument, url: UrlState): GridChoice {
  const batch = url.get('batch');
  const recipe = url.get('recipe');
  const position =
    recipe === null ? -1 : grid.recipes.findIndex((each) => each !== null && recipeText(each) === recipe);
  return {
    batch: batch === null ? usualBatch(grid) : Number(batch),
    recipe: position < 0 ? null : position,
    architecture: url.get('architecture') ?? '',
    runtime: url.get('runtime') ?? '',
    verdict: url.get('verdict') ?? '',
    text: url.get('text') ?? '',
  };
}

/** The answer in words, one line for each device class: what a manager reads. */
function Summary({ view }: { view: GridView }) {
  const [all, setAll] = useState(false);
  const printing = usePrinting();
  const lines = useMemo(() => summaries(view), [view]);
  if (lines.length === 0) return null;
  const shown = all || printing ? lines : lines.slice(0, firstSummaries);
  return (
    <Card withBorder padding="md" component="section" aria-label="Summary">
      <List spacing={6} listStyleType="none">
        {shown.map(({ where, says }) => (
          <List.Item key={where}>
            <b>{where}:</b> {says}
          </List.Item>
        ))}
      </List>
      {lines.length > firstSummaries && (
        <Button
          className="no-print"
          mt="sm"
          variant="subtle"
          size="compact-sm"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `Show all ${lines.length} device classes`}
        </Button>
      )}
    </Card>
  );
}

function Filters({ grid, choice, url }: { grid: GridDocument; choice: GridChoice; url: UrlState }) {
  const options = useMemo(() => {
    const distinct = (values: string[]) => [...new Set(values)].sort();
    return {
      batches: batchesOf(grid).map(String),
      recipes: distinct(grid.recipes.flatMap((recipe) => (recipe === null ? [] : [recipeText(recipe)]))),
      architectures: distinct(grid.targets.map((target) => target.architecture)),
      runtimes: distinct(grid.targets.map((target) => target.runtime)),
    };
  }, [grid]);
  const all = (values: readonly string[]) => [{ value: '', label: 'all' }, ...values];
  return (
    <Group className="no-print" align="flex-end" gap="sm" component="search">
      <NativeSelect
        label="Batch"
        data={options.batches}
        value={String(choice.batch ?? '')}
        onChange={(event) => url.set({ batch: event.currentTarget.value })}
      />
      <NativeSelect
        label="Recipe"
        data={[{ value: '', label: 'the best of each cell' }, ...options.recipes]}
        value={url.get('recipe') ?? ''}
        onChange={(event) => url.set({ recipe: event.currentTarget.value })}
      />
      <NativeSelect
        label="Architecture"
        data={all(options.architectures)}
        value={choice.architecture}
        onChange={(event) => url.set({ architecture: event.currentTarget.value })}
      />
      <NativeSelect
        label="Runtime"
        data={all(options.runtimes)}
        value={choice.runtime}
        onChange={(event) => url.set({ runtime: event.currentTarget.value })}
      />
      <NativeSelect
        label="Verdict"
        data={all(verdicts)}
        value={choice.verdict}
        onChange={(event) => url.set({ verdict: event.currentTarget.value })}
      />
      <TextInput
        label="Find a model or device"
        type="search"
        placeholder="name"
        value={choice.text}
        onChange={(event) => url.set({ text: event.currentTarget.value })}
      />
    </Group>
  );
}
