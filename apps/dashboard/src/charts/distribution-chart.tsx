import { routes, type TrialDocument, type TrialRound } from '@octet/protocol';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { useDocument } from '../data/use-document.js';
import { formatCount, timeUnit } from '../format.js';
import { LoadState } from '../parts/load-state.js';
import { Chart } from './chart.js';
import { histogramOf, type Histogram } from './histogram.js';
import { seriesStyle } from './palette.js';

const bins = 60;
const height = 260;

/** How the single runs of the engines named by `labels` spread: raw samples of all rounds that count. */
export function DistributionChart({ trialId, labels }: { trialId: string; labels: readonly string[] }) {
  const loaded = useDocument<TrialDocument>(`${routes.trial(trialId)}?samples=1`);
  return (
    <LoadState loaded={loaded} height={height + 60}>
      {({ rounds }) => <Distribution rounds={rounds} labels={labels} />}
    </LoadState>
  );
}

function Distribution({ rounds, labels: wanted }: { rounds: readonly TrialRound[]; labels: readonly string[] }) {
  const key = wanted.join('\n');
  const samples = useMemo(() => samplesByEngine(rounds, key.split('\n')), [rounds, key]);
  const histogram = useMemo(() => histogramOf(samples, bins), [samples]);
  const config = useMemo(() => (histogram === null ? null : distributionConfig(histogram)), [histogram]);
  if (histogram === null || config === null) return null;
  const labels = Object.keys(histogram.shares);
  const beyond = labels.map((label) => `${histogram.beyond[label]} of ${samples[label]!.length} ${label}`).join(', ');
  return (
    <Chart
      title="Distribution of single runs"
      note={`${formatCount(
        Object.values(samples).reduce((sum, values) => sum + values.length, 0),
        'raw sample',
      )} in ${bins} bins. Slower than the right edge: ${beyond}.`}
      config={config}
      summary={`Histogram of latencies of ${labels.join(' and ')}`}
      height={height}
      data={{
        columns: ['from ns', ...labels.map((label) => `share of ${label}`)],
        rows: histogram.edges.map((edge, bin) => [
          Math.round(edge),
          ...labels.map((label) => histogram.shares[label]![bin] ?? null),
        ]),
      }}
    />
  );
}

export function samplesByEngine(rounds: readonly TrialRound[], labels: readonly string[]): Record<string, number[]> {
  const byEngine: Record<string, number[]> = {};
  for (const round of rounds) {
    if (round.voided !== null) continue;
    for (const [label, samples] of Object.entries(round.samplesNs ?? {})) {
      if (!labels.includes(label)) continue;
      const all = (byEngine[label] ??= []);
      for (const sample of samples) all.push(sample);
    }
  }
  return byEngine;
}

function distributionConfig(histogram: Histogram): ChartConfiguration {
  const [scale, unit] = timeUnit(histogram.edges.at(-1)!);
  return {
    type: 'line',
    data: {
      datasets: Object.entries(histogram.shares).map(([label, shares], index) => ({
        ...seriesStyle(index),
        label,
        data: shares.map((share, bin) => ({
          x: (histogram.edges[bin]! + histogram.width / 2) / scale,
          y: share * 100,
        })),
        backgroundColor: `${seriesStyle(index).borderColor}33`,
        stepped: 'middle' as const,
        fill: true,
        pointRadius: 0,
        borderWidth: 1.5,
      })),
    },
    options: {
      scales: {
        x: { type: 'linear', title: { display: true, text: `latency, ${unit}` } },
        y: { beginAtZero: true, title: { display: true, text: '% of runs' } },
      },
      interaction: { mode: 'index', intersect: false },
      plugins: { legend: { position: 'bottom', labels: { boxWidth: 26 } } },
    },
  };
}
