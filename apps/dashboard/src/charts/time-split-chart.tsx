import type { ResultRow } from '@octet/domain';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { formatNs, timeUnit } from '../format.js';
import { Chart } from './chart.js';
import { timeSplit, type SplitPart } from './time-split.js';

/** T_float beside T_quant + T_int8 (in its parts) + T_dequant. */
export function TimeSplitChart({ row }: { row: ResultRow }) {
  const parts = useMemo(() => timeSplit(row), [row]);
  const config = useMemo(() => splitConfig(parts), [parts]);
  if (parts.length === 0) return null;
  return (
    <Chart
      title="Where the time goes"
      note="One execution of the batch, end to end. INT8 pays when its bar is the shorter one."
      config={config}
      summary={parts.map((part) => `${part.label} ${formatNs(part.ns)}`).join(', ')}
      height={230}
      data={{ columns: ['part', 'engine', 'ns'], rows: parts.map(({ label, bar, ns }) => [label, bar, ns]) }}
    />
  );
}

function splitConfig(parts: readonly SplitPart[]): ChartConfiguration {
  const sum = (bar: string) => parts.filter((part) => part.bar === bar).reduce((total, part) => total + part.ns, 0);
  const [scale, unit] = timeUnit(Math.max(sum('float'), sum('int8')));
  return {
    type: 'bar',
    data: {
      labels: ['float', 'INT8'],
      datasets: parts
        .filter((part) => part.ns > 0)
        .map((part) => ({
          label: part.label,
          data: [part.bar === 'float' ? part.ns / scale : null, part.bar === 'int8' ? part.ns / scale : null],
          backgroundColor: part.color,
          stack: 'time',
          maxBarThickness: 44,
        })),
    },
    options: {
      indexAxis: 'y',
      scales: {
        x: { stacked: true, title: { display: true, text: unit } },
        y: { stacked: true, grid: { display: false } },
      },
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 14 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${formatNs(Number(item.raw) * scale)}` } },
      },
    },
  };
}
