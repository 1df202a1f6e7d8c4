import { isOwnModel, recipeLabel, type Recipe, type ResultRow } from '@octet/domain';
import { routes, type LiveEvent, type TrialDocument } from '@octet/protocol';
import { Card, Group, List, Stack, Table, Text, Title } from '@mantine/core';
import { useCallback } from 'react';
import { RoundsChart } from '../charts/rounds-chart.js';
import { TimeSplitChart } from '../charts/time-split-chart.js';
import { useDocument } from '../data/use-document.js';
import { formatAccuracy, formatMoment, formatNs, formatSpeedup, recipeLabelOf } from '../format.js';
import { LoadState } from '../parts/load-state.js';
import { RunningTrials } from '../parts/running-trials.js';
import { VerdictMark } from '../parts/verdict-mark.js';

export function TrialPage({ id }: { id: string }) {
  const concerns = useCallback((event: LiveEvent) => event.type === 'trial.state' && event.trialId === id, [id]);
  const loaded = useDocument<TrialDocument>(routes.trial(id), concerns);
  return (
    <LoadState loaded={loaded}>
      {(document) => (
        <Stack>
          <Title order={2}>
            {document.trial.model.name} · batch {document.trial.batch}
          </Title>
          <Text c="dimmed">
            {document.trial.deviceClass} · {document.trial.runtime} · {document.trial.state}
            {document.trial.endedAt === null ? '' : ` · ${formatMoment(document.trial.endedAt)}`}
          </Text>
          {document.trial.state === 'assigned' && <RunningTrials />}
          {(document.results as ResultRow[]).map((row, index) => (
            <RecipeResult key={index} row={row} document={document} />
          ))}
        </Stack>
      )}
    </LoadState>
  );
}

function RecipeResult({ row, document }: { row: ResultRow; document: TrialDocument }) {
  const label = row.recipe === null ? null : labelOf(document.spec.recipes as Recipe[], row);
  return (
    <Card withBorder component="section" aria-label={recipeLabelOf(row.recipe)}>
      <Stack>
        <Group>
          <Title order={3} size="h4">
            {recipeLabelOf(row.recipe)}
          </Title>
          <VerdictMark verdict={row.verdict} />
          <Text>{formatSpeedup(row.speedup)}</Text>
          <Text c="dimmed">{row.rounds} rounds</Text>
        </Group>
        <TimeSplitChart row={row} />
        {row.times !== null && <TimesTable row={row} />}
        {label !== null && row.floatVariant !== null && (
          <RoundsChart
            rounds={document.rounds}
            floatLabel={row.floatVariant}
            int8Label={label}
            interval={row.speedup}
          />
        )}
        {row.reasons.length > 0 && (
          <List>
            {row.reasons.map((reason, index) => (
              <List.Item key={index}>
                <b>{reason.id}</b>: {reason.advice}
              </List.Item>
            ))}
          </List>
        )}
      </Stack>
    </Card>
  );
}

function TimesTable({ row }: { row: ResultRow }) {
  const { times } = row;
  if (times === null) return null;
  const cells: [string, string][] = [
    [`T_float (${row.floatVariant ?? ''})`, formatNs(times.tFloatNs)],
    ['T_quant', formatNs(times.tQuantNs)],
    ['T_int8', formatNs(times.tInt8Ns)],
    ['T_dequant', formatNs(times.tDequantNs)],
    ['INT8 end to end', formatNs(times.int8EndToEndNs)],
    ['gain', formatNs(row.gainNs)],
    ['accuracy', formatAccuracy(row.accuracy)],
  ];
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {cells.map(([name]) => (
              <Table.Th key={name} className="numeric">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr>
            {cells.map(([name, value]) => (
              <Table.Td key={name} className="numeric">
                {value}
              </Table.Td>
            ))}
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The engine label of a row's recipe, by which rounds refer to it. */
function labelOf(recipes: readonly Recipe[], row: ResultRow): string | null {
  const found = recipes.find((recipe) =>
    isOwnModel(recipe)
      ? recipe.model === row.recipe?.['model']
      : recipe.scheme === row.recipe?.['scheme'] &&
        recipe.calibrator === row.recipe['calibrator'] &&
        recipe.weightBits === row.recipe['weightBits'],
  );
  return found === undefined ? null : recipeLabel(found);
}
