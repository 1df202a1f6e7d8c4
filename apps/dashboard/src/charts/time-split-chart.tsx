import type { ResultRow } from '@octet/domain';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { formatNs } from '../format.js';
import { Chart } from './chart.js';
import { timeSplit } from './time-split.js';

const nsPerMs = 1e6;

/** T_float beside T_quant + T_int8 (in its parts) + T_dequant, in milliseconds. */
export function TimeSplitChart({ row }: { row: ResultRow }) {
  const parts = useMemo(() => timeSplit(row), [row]);
  const config = useMemo(() => splitConfig(parts), [parts]);
  if (parts.length === 0) return null;
  const spoken = parts.map((part) => `${part.label} ${formatNs(part.ns)}`).join(', ');
  return <Chart config={config} label={spoken} height={220} />;
}

function splitConfig(parts: ReturnType<typeof timeSplit>): ChartConfiguration {
  return {
    type: 'bar',
    data: {
      labels: ['float', 'INT8'],
      datasets: parts.map((part) => ({
        label: part.label,
        data: [part.bar === 'float' ? part.ns / nsPerMs : null, part.bar === 'int8' ? part.ns / nsPerMs : null],
        backgroundColor: part.color,
        stack: 'time',
      })),
    },
    options: {
      indexAxis: 'y',
      scales: {
        x: { stacked: true, title: { display: true, text: 'ms for one execution of the batch' } },
        y: { stacked: true },
      },
      plugins: {
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${formatNs(Number(item.raw) * nsPerMs)}` } },
      },
    },
  };
}
