import { routes, type Bundle, type LiveEvent, type StoredRow } from '@octet/protocol';
import { Alert, Anchor, Card, List, Stack, Table, Text, Title } from '@mantine/core';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { Chart } from '../../charts/chart.js';
import { intervalBars } from '../../charts/interval-bars.js';
import { seriesStyle } from '../../charts/palette.js';
import { targetKey, targetText } from '../../data/targets.js';
import { useDocument } from '../../data/use-document.js';
import { formatBytes, formatMoment, formatNs, formatSpeedup, recipeText } from '../../format.js';
import { Facts } from '../../parts/facts.js';
import { LoadState } from '../../parts/load-state.js';
import { VerdictMark } from '../../parts/verdict-mark.js';
import { answersOf, fastestOf, historyOf, type HistoryPoint, type TargetAnswer } from './model-answer.js';
import { ModelCompareSection } from './model-compare-section.js';
import { answerInWords } from './model-words.js';
import { SensitivitySection } from './sensitivity-section.js';

const trialEnded = (event: LiveEvent) => event.type === 'trial.state' && event.state !== 'assigned';

/** A model over all devices and batches: what a report about it holds. */
export function ModelPage({ reference }: { reference: string }) {
  const loaded = useDocument<{ results: StoredRow[] }>(
    `${routes.verdicts}?model=${encodeURIComponent(reference)}`,
    trialEnded,
  );
  return <LoadState loaded={loaded}>{({ results }) => <Model reference={reference} rows={results} />}</LoadState>;
}

function Model({ reference, rows }: { reference: string; rows: readonly StoredRow[] }) {
  const answers = useMemo(() => answersOf(rows), [rows]);
  const list = useDocument<{ models: Bundle[] }>(routes.models);
  const stored = list.document?.models.find((model) => model.sha256 === reference || model.name === reference) ?? null;
  const name = rows[0]?.model.name ?? stored?.name ?? reference;
  if (rows.length === 0 && list.document !== null && stored === null)
    return (
      <Alert title={`Nothing is known of the model ${reference}`} color="yellow">
        <Link href="/">All verdicts</Link>
      </Alert>
    );
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        {answers.length === 0 ? name : `Is INT8 worth it for ${name}?`}
      </Title>
      {answers.length === 0 ? (
        <Alert title="Not measured yet" color="cyan">
          <Link href={`/submit?model=${encodeURIComponent(name)}`}>Measure it</Link>
        </Alert>
      ) : (
        <>
          <InShort answers={answers} />
          <AnswerTable answers={answers} />
          <BatchChart answers={answers} />
          <SensitivitySection rows={rows} />
          <Histories rows={rows} answers={answers} />
          <ModelCompareSection sha256={rows[0]!.model.sha256} name={name} answers={answers} />
        </>
      )}
      {stored !== null && <Inspection model={stored} />}
    </Stack>
  );
}

function batchesOf(answers: readonly TargetAnswer[]): number[] {
  return [...new Set(answers.flatMap(({ rows }) => rows.map((row) => row.batch)))].sort((a, b) => a - b);
}

/** Is it worth it, why not, what to try, and where it runs best: what a reader came for. */
function InShort({ answers }: { answers: readonly TargetAnswer[] }) {
  return (
    <Card withBorder component="section" aria-label="In short">
      <List spacing={8} listStyleType="none">
        {answers.map((answer) => {
          const { says, advice } = answerInWords(answer);
          return (
            <List.Item key={targetKey(answer.target)}>
              <b>{targetText(answer.target)}:</b> {says}
              {answer.crossover !== null &&
                ` INT8 starts to win between batch ${answer.crossover.above} and ${answer.crossover.atMost}.`}
              {advice !== null && (
                <Text size="sm" className="quiet">
                  {advice}
                </Text>
              )}
            </List.Item>
          );
        })}
        {batchesOf(answers).map((batch) => {
          const [best, next] = fastestOf(answers, batch);
          if (best === undefined) return null;
          return (
            <List.Item key={batch}>
              <b>Best for batch {batch}:</b> {targetText(best.target)}, as {best.variant.toUpperCase()}:{' '}
              {formatNs(best.ns)}
              {best.certain ? '' : ' by its median, which may still change'}
              {next === undefined
                ? ' (the only device measured)'
                : `; ${(next.ns / best.ns).toFixed(2)}× as fast as ${next.target.deviceName}`}
              .
            </List.Item>
          );
        })}
      </List>
    </Card>
  );
}

function AnswerTable({ answers }: { answers: readonly TargetAnswer[] }) {
  const batches = batchesOf(answers);
  return (
    <Table.ScrollContainer minWidth={480} tabIndex={0} role="region" aria-label="Answer on each device and batch">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Device</Table.Th>
            {batches.map((batch) => (
              <Table.Th scope="col" key={batch}>
                Batch {batch}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answers.map(({ target, recipe, rows }) => (
            <Table.Tr key={targetKey(target)}>
              <Table.Th scope="row">
                {targetText(target)}
                <Text size="xs" className="quiet" fw={400}>
                  {recipe}
                </Text>
              </Table.Th>
              {batches.map((batch) => (
                <Table.Td key={batch}>
                  <Answer row={rows.find((row) => row.batch === batch)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Answer({ row }: { row: StoredRow | undefined }) {
  if (row === undefined) return <span className="quiet">not asked for</span>;
  const content = (
    <>
      <VerdictMark verdict={row.verdict} />
      <Text size="sm" className="tabular">
        {row.speedup === null ? '' : formatSpeedup(row.speedup)}
      </Text>
      {row.speedup === null && (
        <Text size="sm" className="clip-2" title={row.reasons[0]?.advice} style={{ maxWidth: 280 }}>
          {row.reasons[0]?.advice}
        </Text>
      )}
      {row.times !== null && (
        <Text size="xs" className="quiet">
          {row.floatVariant} {formatNs(row.times.tFloatNs)}, INT8 {formatNs(row.times.int8EndToEndNs)}
        </Text>
      )}
    </>
  );
  if (row.trialId === null) return content;
  return (
    <Anchor component={Link} href={`/trials/${row.trialId}`} c="inherit" underline="hover">
      {content}
    </Anchor>
  );
}

/** Speed-up over batch sizes, with intervals; only where more than one batch was measured. */
function BatchChart({ answers }: { answers: readonly TargetAnswer[] }) {
  const config = useMemo(() => batchConfig(answers), [answers]);
  const measured = answers.flatMap(({ target, rows }) =>
    rows.flatMap((row) => (row.speedup === null ? [] : [{ target, batch: row.batch, ...row.speedup }])),
  );
  if (new Set(measured.map((point) => point.batch)).size < 2) return null;
  return (
    <Card withBorder component="section" aria-label="Batches">
      <Chart
        title="Speed-up over batch size"
        note="Above 1, INT8 is faster than the fastest float engine. Bars are 95 % intervals."
        config={config}
        summary={answers
          .map(
            ({ target, rows }) =>
              `${targetText(target)}: ${rows.map((row) => `batch ${row.batch} ${formatSpeedup(row.speedup)}`).join(', ')}`,
          )
          .join('; ')}
        height={300}
        data={{
          columns: ['device', 'batch', 'speed-up', 'low', 'high'],
          rows: measured.map(({ target, batch, median, low, high }) => [targetText(target), batch, median, low, high]),
        }}
      />
    </Card>
  );
}

function batchConfig(answers: readonly TargetAnswer[]): ChartConfiguration {
  const ends = answers.flatMap(({ rows }) => rows.flatMap(({ speedup }) => (speedup === null ? [] : [speedup])));
  return {
    type: 'line',
    data: {
      datasets: answers.map(({ target, rows }, index) => ({
        ...seriesStyle(index),
        label: targetText(target),
        data: rows.flatMap((row) => (row.speedup === null ? [] : [{ x: row.batch, y: row.speedup.median }])),
        pointRadius: 5,
      })),
    },
    plugins: [
      intervalBars(
        answers.map(({ rows }) =>
          rows.flatMap(({ batch, speedup }) => (speedup === null ? [] : [{ x: batch, ...speedup }])),
        ),
      ),
    ],
    options: {
      scales: {
        x: { type: 'linear', title: { display: true, text: 'batch' }, ticks: { precision: 0 } },
        y: {
          title: { display: true, text: 'T_float / T_INT8' },
          suggestedMin: Math.min(0.95, ...ends.map(({ low }) => low)),
          suggestedMax: Math.max(1.05, ...ends.map(({ high }) => high)),
        },
      },
      plugins: { legend: { position: 'bottom', labels: { usePointStyle: true } } },
    },
  };
}

/** The same cell measured again and again: over versions of the runtime and over time. */
function Histories({ rows, answers }: { rows: readonly StoredRow[]; answers: readonly TargetAnswer[] }) {
  const histories = answers.flatMap(({ target, rows: newest }) =>
    newest.flatMap((row) => {
      const points = historyOf(rows, row);
      return points.length < 2
        ? []
        : [{ name: `${targetText(target)}, batch ${row.batch}, ${recipeText(row.recipe)}`, points }];
    }),
  );
  if (histories.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label="History">
      <Title order={2} size="h4" mb="sm">
        Measured more than once
      </Title>
      <Stack>
        {histories.map(({ name, points }) => (
          <History key={name} name={name} points={points} />
        ))}
      </Stack>
    </Card>
  );
}

function History({ name, points }: { name: string; points: readonly HistoryPoint[] }) {
  return (
    <div>
      <Text fw={600}>{name}</Text>
      <List size="sm">
        {points.map((point) => (
          <List.Item key={point.at}>
            {formatMoment(point.at)}, {point.version}: {formatSpeedup(point)}
            {point.regression ? <b> ▼ regression: wholly below the one before</b> : ''}
            {point.trialId === null ? null : (
              <>
                {' '}
                <Anchor component={Link} href={`/trials/${point.trialId}`} underline="always">
                  trial
                </Anchor>
              </>
            )}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

/** What is shown of an inspection, and its name for people. */
const inspected = {
  producer: 'made by',
  irVersion: 'ONNX version',
  parameters: 'weights',
  weightBytes: 'bytes of weights',
  macs: 'multiply-accumulates',
};

function Inspection({ model }: { model: Bundle }) {
  const known = Object.entries(inspected).flatMap(([key, name]) => {
    const value = model.inspection?.[key];
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [];
  });
  return (
    <Stack gap="xs" component="section" aria-label="The file">
      <Title order={2} size="h4">
        The file
      </Title>
      <Facts
        facts={[
          ['sha256', model.sha256],
          ['size', formatBytes(model.sizeBytes)],
          ['added', formatMoment(model.createdAt)],
          ...known.map(([name, value]): [string, string] => [
            name,
            typeof value === 'number' ? value.toLocaleString() : String(value),
          ]),
        ]}
      />
    </Stack>
  );
}
