import { Card } from '@mantine/core';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { Chart } from '../../charts/chart.js';
import { intervalBars } from '../../charts/interval-bars.js';
import { seriesStyle } from '../../charts/palette.js';
import { targetText } from '../../data/targets.js';
import { formatSpeedup } from '../../format.js';
import type { TargetAnswer } from './model-answer.js';

/** Speed-up over batch sizes, with intervals; only where more than one batch was measured. */
export function BatchChart({ answers }: { answers: readonly TargetAnswer[] }) {
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
