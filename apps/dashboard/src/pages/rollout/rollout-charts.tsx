import type { LatencyCurve } from '@octet/domain';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { Chart } from '../../charts/chart.js';
import { seriesStyle } from '../../charts/palette.js';
import type { PlanAnswer } from './plan-worker.js';

/** Latency of one execution against what one device serves: a dot for each measured batch. */
export function CurveChart({ curves }: { curves: readonly LatencyCurve[] }) {
  const rows = curves.flatMap(({ variant, points }) =>
    points.map(({ batch, timeNs }) => ({ variant, batch, ms: timeNs / 1e6, perS: (batch / timeNs) * 1e9 })),
  );
  const config = useMemo(() => curveConfig(curves), [curves]);
  return (
    <Chart
      title="Latency against throughput, one device"
      note="A dot for each measured batch, the smallest at the left. Up and left is better."
      config={config}
      summary={rows
        .map(
          (row) =>
            `${row.variant} batch ${row.batch}: ${row.ms.toPrecision(3)} ms, ${row.perS.toPrecision(3)} per second`,
        )
        .join('; ')}
      height={280}
      data={{
        columns: ['variant', 'batch', 'latency ms', 'inferences per s'],
        rows: rows.map((row) => [row.variant, row.batch, row.ms, row.perS]),
      }}
    />
  );
}

function curveConfig(curves: readonly LatencyCurve[]): ChartConfiguration {
  return {
    type: 'line',
    data: {
      datasets: curves.map(({ variant, points }, index) => ({
        ...seriesStyle(index),
        label: variant,
        data: points.map(({ batch, timeNs }) => ({ x: timeNs / 1e6, y: (batch / timeNs) * 1e9 })),
        pointRadius: 6,
      })),
    },
    options: axes('ms for one execution', 'inferences per second'),
  };
}

/** The highest rate of each way to serve under rising bounds on the 99th percentile. */
export function FrontierChart({ frontier }: { frontier: PlanAnswer['frontier'] }) {
  const config = useMemo(() => frontierConfig(frontier), [frontier]);
  return (
    <Chart
      title="Three ways to serve"
      note="The highest rate that each way holds under a bound on the 99th percentile, with as many devices as allowed above."
      config={config}
      summary={frontier
        .map(
          (each) =>
            `${each.variant} ${each.policy} within ${each.p99Ms.toPrecision(3)} ms: ${each.throughputPerS.toPrecision(3)} per second`,
        )
        .join('; ')}
      height={300}
      data={{
        columns: ['variant', 'way', 'p99 bound ms', 'requests per s'],
        rows: frontier.map((each) => [each.variant, each.policy, each.p99Ms, each.throughputPerS]),
      }}
    />
  );
}

function frontierConfig(frontier: PlanAnswer['frontier']): ChartConfiguration {
  const names = [...new Set(frontier.map((each) => `${each.variant}, ${each.policy}`))];
  return {
    type: 'line',
    data: {
      datasets: names.map((name, index) => ({
        ...seriesStyle(index),
        label: name,
        data: frontier
          .filter((each) => `${each.variant}, ${each.policy}` === name)
          .map((each) => ({ x: each.p99Ms, y: each.throughputPerS })),
        pointRadius: 5,
      })),
    },
    options: axes('bound on p99, ms', 'requests per second'),
  };
}

function axes(x: string, y: string): NonNullable<ChartConfiguration['options']> {
  return {
    scales: {
      x: { type: 'linear', title: { display: true, text: x } },
      y: { beginAtZero: true, title: { display: true, text: y } },
    },
    plugins: { legend: { position: 'bottom', labels: { usePointStyle: true } } },
  };
}
