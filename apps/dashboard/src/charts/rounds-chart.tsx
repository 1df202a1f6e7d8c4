import type { TrialRound } from '@octet/protocol';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { Chart } from './chart.js';

interface Props {
  rounds: readonly TrialRound[];
  floatLabel: string;
  int8Label: string;
  interval: { median: number; low: number; high: number } | null;
}

/** The paired speed-up of each round, with the interval's ends as lines. Voided rounds are left out, as in the verdict. */
export function RoundsChart({ rounds, floatLabel, int8Label, interval }: Props) {
  const points = useMemo(() => ratioPoints(rounds, floatLabel, int8Label), [rounds, floatLabel, int8Label]);
  const config = useMemo(() => roundsConfig(points, interval), [points, interval]);
  if (points.length === 0) return null;
  return <Chart config={config} label={`speed-up of each of ${points.length} rounds`} height={220} />;
}

function ratioPoints(rounds: readonly TrialRound[], floatLabel: string, int8Label: string): { x: number; y: number }[] {
  return rounds.flatMap((round) => {
    const ratio = round.ratios[floatLabel]?.[int8Label];
    return round.voided === null && ratio !== undefined ? [{ x: round.index + 1, y: ratio }] : [];
  });
}

function roundsConfig(points: { x: number; y: number }[], interval: Props['interval']): ChartConfiguration {
  const last = points.at(-1)?.x ?? 1;
  const line = (label: string, y: number, dash: number[]) => ({
    type: 'line' as const,
    label,
    data: [
      { x: 1, y },
      { x: last, y },
    ],
    borderColor: '#0072b2',
    borderDash: dash,
    pointRadius: 0,
  });
  const lines =
    interval === null
      ? []
      : [
          line('median', interval.median, []),
          line('95 % interval', interval.low, [4, 4]),
          line('', interval.high, [4, 4]),
        ];
  return {
    type: 'scatter',
    data: { datasets: [{ label: 'round', data: points, backgroundColor: '#e69f00' }, ...lines] },
    options: {
      scales: {
        x: { type: 'linear', title: { display: true, text: 'round' }, ticks: { precision: 0 } },
        y: { title: { display: true, text: 'T_float / T_INT8' } },
      },
      plugins: { legend: { labels: { filter: (item) => item.text !== '' } } },
    },
  };
}
