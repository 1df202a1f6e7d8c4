import { labelOutliers } from '@octet/domain';
import type { TrialRound } from '@octet/protocol';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { formatCount, formatSpeedup } from '../format.js';
import { Chart } from './chart.js';
import { palette } from './palette.js';

interface Props {
  rounds: readonly TrialRound[];
  floatLabel: string;
  int8Label: string;
  interval: { median: number; low: number; high: number } | null;
  threshold: number;
}

export interface RoundPoint {
  round: number;
  ratio: number;
  kind: 'counted' | 'outlier' | 'voided';
  voided: string | null;
}

/** The paired speed-up of each round, outliers and voided rounds marked, with median, interval and the threshold as lines. */
export function RoundsChart({ rounds, floatLabel, int8Label, interval, threshold }: Props) {
  const points = useMemo(() => roundPoints(rounds, floatLabel, int8Label), [rounds, floatLabel, int8Label]);
  const config = useMemo(() => roundsConfig(points, interval, threshold), [points, interval, threshold]);
  if (points.length < 2) return null;
  const outliers = points.filter((point) => point.kind === 'outlier').length;
  const voided = points.filter((point) => point.kind === 'voided').length;
  return (
    <Chart
      title="Speed-up of each round"
      note={`Each dot compares both engines under the same clocks and temperature. ${outliersText(outliers)}; ${voidedText(voided)}.`}
      config={config}
      summary={`Speed-up of ${points.length} rounds: ${formatSpeedup(interval)}; ${outliers} outliers, ${voided} voided`}
      height={260}
      data={{
        columns: ['round', 'speed-up', 'kind', 'why voided'],
        rows: points.map(({ round, ratio, kind, voided: why }) => [round, ratio, kind, why]),
      }}
    />
  );
}

function outliersText(count: number): string {
  return count === 0 ? 'No outliers' : `${formatCount(count, 'outlier')} marked and kept`;
}

function voidedText(count: number): string {
  return count === 0 ? 'no round was voided' : `${formatCount(count, 'round')} voided, not counted`;
}

export function roundPoints(rounds: readonly TrialRound[], floatLabel: string, int8Label: string): RoundPoint[] {
  const points = rounds.flatMap((round): RoundPoint[] => {
    const ratio = round.ratios[floatLabel]?.[int8Label];
    if (round.voided === null && ratio !== undefined)
      return [{ round: round.index + 1, ratio, kind: 'counted', voided: null }];
    const [float, int8] = [round.mediansNs[floatLabel] ?? null, round.mediansNs[int8Label] ?? null];
    if (round.voided === null || float === null || int8 === null || int8 === 0) return [];
    return [{ round: round.index + 1, ratio: float / int8, kind: 'voided', voided: round.voided.message }];
  });
  const counted = points.filter((point) => point.kind === 'counted');
  for (const { index } of labelOutliers(counted.map((point) => point.ratio))) counted[index]!.kind = 'outlier';
  return points;
}

function roundsConfig(
  points: readonly RoundPoint[],
  interval: Props['interval'],
  threshold: number,
): ChartConfiguration {
  const last = Math.max(2, points.at(-1)?.round ?? 2);
  const line = (label: string, y: number, borderDash: number[], color: string) => ({
    type: 'line' as const,
    label,
    data: [
      { x: 0.5, y },
      { x: last + 0.5, y },
    ],
    borderColor: color,
    borderWidth: 1.5,
    borderDash,
    pointRadius: 0,
    pointStyle: 'line' as const,
  });
  const dots = (
    kind: RoundPoint['kind'],
    label: string,
    color: string,
    pointStyle: 'circle' | 'triangle' | 'crossRot',
  ) => ({
    label,
    data: points.filter((point) => point.kind === kind).map(({ round, ratio }) => ({ x: round, y: ratio })),
    backgroundColor: color,
    borderColor: color,
    pointStyle,
    pointRadius: kind === 'counted' ? 4 : 6,
  });
  const bounds =
    interval === null
      ? []
      : [
          line('median', interval.median, [], palette.int8),
          line('95 % interval', interval.low, [5, 4], palette.int8),
          line('', interval.high, [5, 4], palette.int8),
        ];
  return {
    type: 'scatter',
    data: {
      datasets: [
        dots('counted', 'round', palette.int8, 'circle'),
        dots('outlier', 'outlier', palette.dequantize, 'triangle'),
        dots('voided', 'voided', palette.float, 'crossRot'),
        ...bounds,
        line(`threshold ${threshold}`, threshold, [2, 3], palette.dequantize),
      ],
    },
    options: {
      scales: {
        x: {
          type: 'linear',
          min: 0.5,
          max: last + 0.5,
          title: { display: true, text: 'round' },
          ticks: { callback: (round) => (Number.isInteger(Number(round)) ? round : '') },
        },
        y: { title: { display: true, text: 'T_float / T_INT8' } },
      },
      plugins: {
        legend: {
          position: 'bottom',
          labels: { usePointStyle: true, filter: (item) => item.text !== '' },
        },
      },
    },
  };
}
