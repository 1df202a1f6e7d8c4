import { routes, type GridDocument, type StoredRow } from '@octet/protocol';
import { Alert, Button, Card, Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useDocument } from '../../data/use-document.js';
import { useUrlState } from '../../data/use-url-state.js';
import { targetText } from '../../data/targets.js';
import { formatFactor, formatNs, formatSpeedup } from '../../format.js';
import { LoadState } from '../../parts/load-state.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import { VerdictMark } from '../../parts/verdict-mark.js';
import { answersOf, type Fastest, type TargetAnswer } from './model-answer.js';
import { comparePlaces, type PlaceComparison } from './model-comparison.js';

interface Props {
  sha256: string;
  name: string;
  answers: readonly TargetAnswer[];
}

/** This model beside another, or beside another version of itself. */
export function ModelCompareSection({ sha256, name, answers }: Props) {
  const url = useUrlState();
  const other = url.get('with');
  const [asked, setAsked] = useState(other !== null);
  if (!asked)
    return (
      <Group className="no-print">
        <Button variant="default" onClick={() => setAsked(true)}>
          Compare with another model
        </Button>
      </Group>
    );
  return (
    <Card withBorder component="section" aria-label="Compared with another model">
      <Stack>
        <Title order={2} size="h4">
          Compared with another model or version
        </Title>
        <OtherModel sha256={sha256} value={other} onChange={(next) => url.set({ with: next })} />
        {other !== null && <Compared name={name} answers={answers} other={other} />}
      </Stack>
    </Card>
  );
}

function OtherModel(props: { sha256: string; value: string | null; onChange: (sha256: string | null) => void }) {
  const grid = useDocument<GridDocument>(routes.grid);
  return (
    <LoadState loaded={grid} height={64}>
      {({ models }) => {
        const others = models.filter((model) => model.sha256 !== props.sha256);
        if (others.length === 0) return <Text>No other model has a verdict yet.</Text>;
        return (
          <NativeSelect
            className="no-print"
            label="Compare with"
            maw={420}
            value={props.value ?? ''}
            data={[{ value: '', label: 'choose a model' }, ...others.map((model) => choice(model, models))]}
            onChange={(event) => props.onChange(event.currentTarget.value || null)}
          />
        );
      }}
    </LoadState>
  );
}

/** Versions of one name are told apart by their content. */
function choice(model: { name: string; sha256: string }, models: readonly { name: string }[]) {
  const versions = models.filter(({ name }) => name === model.name).length;
  const label = versions > 1 ? `${model.name} (${model.sha256.slice(0, 8)})` : model.name;
  return { value: model.sha256, label };
}

function Compared({ name, answers, other }: { name: string; answers: readonly TargetAnswer[]; other: string }) {
  const loaded = useDocument<{ results: StoredRow[] }>(`${routes.verdicts}?model=${encodeURIComponent(other)}`);
  return (
    <LoadState loaded={loaded} height={160}>
      {({ results }) => <Places name={name} answers={answers} rows={results} />}
    </LoadState>
  );
}

function Places({
  name,
  answers,
  rows,
}: {
  name: string;
  answers: readonly TargetAnswer[];
  rows: readonly StoredRow[];
}) {
  const places = useMemo(() => comparePlaces(answers, answersOf(rows)), [answers, rows]);
  const first = rows[0]?.model ?? null;
  const otherName =
    first === null ? 'the other' : first.name === name ? `${name} (${first.sha256.slice(0, 8)})` : first.name;
  const columns = useMemo(() => columnsFor(name, otherName), [name, otherName]);
  if (first === null) return <Alert title="No verdict of that model is here" color="yellow" />;
  return (
    <>
      {places.every((place) => place.ratio === null) && (
        <Text>They were not measured on one device class and batch: submit both together.</Text>
      )}
      <SortableTable caption={`${name} and ${otherName}`} columns={columns} rows={places} />
    </>
  );
}

function columnsFor(name: string, otherName: string): Column<PlaceComparison>[] {
  return [
    { name: 'Device', value: ({ target }) => targetText(target) },
    { name: 'Batch', value: ({ batch }) => batch, numeric: true },
    answerColumn(
      name,
      (place) => place.own,
      (place) => place.ownFastest,
    ),
    answerColumn(
      otherName,
      (place) => place.other,
      (place) => place.otherFastest,
    ),
    {
      name: `${name}: times as fast`,
      value: ({ ratio }) => ratio,
      show: ({ ratio }) => formatFactor(ratio),
      numeric: true,
    },
  ];
}

function answerColumn(
  name: string,
  rowOf: (place: PlaceComparison) => StoredRow | null,
  fastestOf: (place: PlaceComparison) => Fastest | null,
): Column<PlaceComparison> {
  return {
    name,
    value: (place) => fastestOf(place)?.ns,
    show: (place) => {
      const [row, fastest] = [rowOf(place), fastestOf(place)];
      if (row === null) return <span className="quiet">not asked for</span>;
      return (
        <>
          <VerdictMark verdict={row.verdict} />
          <Text size="sm" className="tabular">
            {row.speedup === null ? '' : formatSpeedup(row.speedup)}
          </Text>
          <Text size="xs" className="quiet">
            {fastest === null ? 'no time' : `fastest: ${fastest.variant}, ${formatNs(fastest.ns)}`}
          </Text>
        </>
      );
    },
  };
}
