import type { TelemetrySample } from '@octet/domain';
import type { ChartConfiguration } from 'chart.js';
import { useMemo } from 'react';
import { Chart } from './chart.js';
import { seriesStyle } from './palette.js';
import { bandLegend, bandPlugin } from './throttle-bands.js';

type Quantity = Exclude<keyof TelemetrySample, 'atMs' | 'throttle'>;

const quantities: { key: Quantity; name: string; axis: string; factor: number }[] = [
  { key: 'smClockMhz', name: 'SM clock', axis: 'MHz', factor: 1 },
  { key: 'memoryClockMhz', name: 'memory clock', axis: 'MHz', factor: 1 },
  { key: 'cpuClockMhz', name: 'CPU clock', axis: 'MHz', factor: 1 },
  { key: 'temperatureC', name: 'temperature', axis: '°C', factor: 1 },
  { key: 'powerW', name: 'power', axis: 'W', factor: 1 },
  { key: 'utilization', name: 'device in use', axis: '%', factor: 100 },
  { key: 'otherLoad', name: 'load by others', axis: '%', factor: 100 },
  { key: 'cpuSteal', name: 'stolen by the hypervisor', axis: '%', factor: 100 },
];

/** Clocks, temperature, power and load while the rounds ran: one chart for each unit that was recorded, throttling shaded. */
export function TelemetryCharts({ samples }: { samples: readonly TelemetrySample[] }) {
  const axes = useMemo(() => axesOf(samples), [samples]);
  return axes.map(({ axis, names, config, data }) => (
    <Chart
      key={axis}
      title={`Telemetry, ${axis}`}
      config={config}
      summary={`${names.join(', ')} over time, in ${axis}`}
      height={180}
      data={data}
    />
  ));
}

function axesOf(samples: readonly TelemetrySample[]) {
  const axes = [...new Set(quantities.map((quantity) => quantity.axis))];
  return axes.flatMap((axis) => {
    const recorded = quantities.filter(
      (quantity) => quantity.axis === axis && samples.some((sample) => (sample[quantity.key] ?? null) !== null),
    );
    if (recorded.length === 0) return [];
    const names = recorded.map((quantity) => quantity.name);
    const data = {
      columns: ['seconds', ...names, 'throttled by'],
      rows: samples.map((sample) => [
        sample.atMs / 1000,
        ...recorded.map(({ key, factor }) => scaled(sample[key], factor)),
        sample.throttle.join(' '),
      ]),
    };
    return [{ axis, names, config: telemetryConfig(samples, recorded, axis), data }];
  });
}

function scaled(value: number | null | undefined, factor: number): number | null {
  return value === null || value === undefined ? null : Math.round(value * factor * 100) / 100;
}

function telemetryConfig(
  samples: readonly TelemetrySample[],
  recorded: typeof quantities,
  axis: string,
): ChartConfiguration {
  return {
    type: 'line',
    data: {
      datasets: [
        ...recorded.map(({ key, name, factor }, index) => ({
          ...seriesStyle(index),
          label: name,
          data: samples.map((sample) => ({ x: sample.atMs / 1000, y: scaled(sample[key], factor) as number })),
          pointRadius: samples.length > 60 ? 0 : 2,
          borderWidth: 1.5,
          spanGaps: true,
        })),
        ...bandLegend(samples),
      ],
    },
    options: {
      scales: {
        x: { type: 'linear', title: { display: true, text: 's since the first round' } },
        y: { title: { display: true, text: axis }, ...(axis === '%' ? { min: 0, suggestedMax: 100 } : {}) },
      },
      plugins: { legend: { position: 'bottom', labels: { boxWidth: 26 } } },
    },
    plugins: [bandPlugin(samples)],
  };
}
