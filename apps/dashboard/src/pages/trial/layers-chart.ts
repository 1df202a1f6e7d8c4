import type { Chart, ChartConfiguration, LegendItem } from 'chart.js';
import { palette } from '../../charts/palette.js';
import { timeUnit } from '../../format.js';
import type { LayerRow } from './layer-rows.js';

const charted = 14;

/** The rows that a chart has room for. */
export function costliest(rows: readonly LayerRow[]): LayerRow[] {
  const weight = (row: LayerRow) => Math.max(row.int8Ns ?? 0, row.floatNs ?? 0);
  return [...rows].sort((a, b) => weight(b) - weight(a)).slice(0, charted);
}

/** Two bars for each layer: the INT8 engine's, coloured by its class, and the float engine's. */
export function layersConfig(shown: readonly LayerRow[]): ChartConfiguration {
  const [scale, unit] = timeUnit(Math.max(1, ...shown.map((row) => Math.max(row.int8Ns ?? 0, row.floatNs ?? 0))));
  const bars = (label: string, value: (row: LayerRow) => number | null, color: string | string[]) => ({
    label,
    data: shown.map((row) => {
      const ns = value(row);
      return ns === null ? null : ns / scale;
    }),
    backgroundColor: color,
  });
  return {
    type: 'bar',
    data: {
      labels: shown.map(
        (row) =>
          `${row.conversion ? '⇄ ' : ''}${short(row.name)} (${row.int8Ns === null ? 'float only' : row.class.split(',')[0]})`,
      ),
      datasets: [
        bars(
          'INT8 engine',
          (row) => row.int8Ns,
          shown.map((row) => shades[kindOf(row)]),
        ),
        bars('float engine', (row) => row.floatNs, palette.float),
      ],
    },
    options: {
      indexAxis: 'y',
      scales: { x: { title: { display: true, text: unit } }, y: { grid: { display: false } } },
      plugins: {
        legend: {
          position: 'bottom',
          onClick: () => undefined,
          labels: { generateLabels: (chart) => legendOf(chart, shown) },
        },
      },
    },
  };
}

/** What a bar's colour says. */
const shades = {
  'INT8 layer': palette.int8,
  'conversion, only there because of INT8': palette.quantize,
  'layer that stayed float': palette.conversion,
  'in the float engine': palette.float,
};

function kindOf(row: LayerRow): keyof typeof shades {
  if (row.conversion) return 'conversion, only there because of INT8';
  return row.class.startsWith('int8') ? 'INT8 layer' : 'layer that stayed float';
}

/** Bars of one series have several colours: each that is on the chart gets an entry. */
function legendOf(chart: Chart, rows: readonly LayerRow[]): LegendItem[] {
  const kinds = new Set(rows.filter((row) => row.int8Ns !== null).map(kindOf));
  if (rows.some((row) => row.floatNs !== null)) kinds.add('in the float engine');
  return [...kinds].map((text) => ({
    text,
    fillStyle: shades[text],
    lineWidth: 0,
    fontColor: chart.options.color as string,
  }));
}

function short(name: string): string {
  return name.length <= 30 ? name : `${name.slice(0, 14)}…${name.slice(-15)}`;
}
