import type { StoredSweep } from '@octet/protocol';
import type { Chart, ChartConfiguration, Plugin, Scale } from 'chart.js';
import { palette } from '../../charts/palette.js';
import { formatFactor } from '../../format.js';
import type { OwnPoint } from './own-models.js';
import { breakEvenLines, sizeName, type RuleView } from './rule-view.js';

/** A cell of the map: its place and its rectangle in log2 of the axes. */
interface Tile {
  left: number;
  right: number;
  bottom: number;
  top: number;
  speedup: number | null;
  text: string;
  detail: string;
}

/** Speed-ups from here on have the full colour: 2 for a gain, 1/2 for a loss. */
const fullColour = 1;

/** Speed-up over weights (x) and input size (y), both logarithmic, with break-even line and own models. */
export function heatMap(view: RuleView, own: readonly OwnPoint[]): ChartConfiguration {
  const { sweep } = view;
  const tiles = tilesOf(sweep);
  const widths = axisOf(sweep.cells.map(({ cell }) => cell.weights / cell.depth));
  const sizes = axisOf(sweep.cells.map(({ cell }) => cell.size));
  const x = [...edgesOf(widths), ...own.map((point) => Math.log2(point.weightsPerLayer))];
  const y = [...edgesOf(sizes), ...own.map((point) => Math.log2(point.size))];
  const margin = own.length === 0 ? 0 : 0.5;
  return {
    type: 'scatter',
    data: { datasets: [...breakEvenSets(view), ownSet(own)].filter((set) => set.data.length > 0) },
    options: {
      scales: {
        x: axis('weights in each layer', widths, Math.min(...x) - margin, Math.max(...x) + margin),
        y: axis(sizeName(sweep), sizes, Math.min(...y) - margin, Math.max(...y) + margin),
      },
      plugins: {
        legend: { position: 'bottom', labels: { usePointStyle: true, filter: ({ text }) => text !== upperEnd } },
        tooltip: {
          filter: (item) => item.dataset.label === ownLabel,
          callbacks: { label: ({ dataIndex }) => ownText(own[dataIndex]!) },
        },
      },
    },
    plugins: [tilePlugin(tiles), numberPlugin(own)],
  };
}

const ownLabel = 'your models, as numbered below';
const upperEnd = 'upper end';

function ownText({ name, batch, speedup }: OwnPoint): string {
  return `${name}, batch ${batch}: ${formatFactor(speedup.median)}`;
}

function axisOf(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Where a column (row) ends and the next begins, log2: half way; the outer ones are as wide as their neighbours. */
function edgesOf(values: readonly number[]): number[] {
  const logs = values.map((value) => Math.log2(value));
  const between = logs.slice(1).map((log, index) => (log + logs[index]!) / 2);
  const first = logs[0]! - (between.length === 0 ? 1 : between[0]! - logs[0]!);
  const last = logs.at(-1)! + (between.length === 0 ? 1 : logs.at(-1)! - between.at(-1)!);
  return [first, ...between, last];
}

function tilesOf(sweep: StoredSweep): Tile[] {
  const widths = axisOf(sweep.cells.map(({ cell }) => cell.weights / cell.depth));
  const sizes = axisOf(sweep.cells.map(({ cell }) => cell.size));
  const [x, y] = [edgesOf(widths), edgesOf(sizes)];
  return sweep.cells.map(({ cell, speedup, verdict }) => {
    const [column, row] = [widths.indexOf(cell.weights / cell.depth), sizes.indexOf(cell.size)];
    const place = { left: x[column]!, right: x[column + 1]!, bottom: y[row]!, top: y[row + 1]! };
    if (speedup === null) return { ...place, speedup: null, text: verdict, detail: '' };
    const { median, low, high } = speedup;
    const detail = low === null || high === null ? '' : `${low.toFixed(2)}–${high.toFixed(2)}`;
    return { ...place, speedup: median, text: formatFactor(median), detail };
  });
}

function axis(title: string, ticks: readonly number[], min: number, max: number) {
  return {
    type: 'linear' as const,
    min,
    max,
    grid: { display: false },
    title: { display: true, text: title },
    afterBuildTicks: (scale: Scale) => {
      scale.ticks = ticks.map((value) => ({ value: Math.log2(value) }));
    },
    ticks: { autoSkip: false, callback: (value: number | string) => shortCount(2 ** Number(value)) },
  };
}

/** `2,304`, `590k`, `9.4M`: counts on an axis. */
export function shortCount(count: number): string {
  const whole = Math.round(count);
  if (whole < 10_000) return whole.toLocaleString();
  const [scale, unit] = whole < 1e6 ? [1e3, 'k'] : whole < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  const size = whole / scale;
  return `${size.toFixed(size < 10 ? 1 : 0)}${unit}`;
}

function breakEvenSets(view: RuleView) {
  const lines = breakEvenLines(view);
  const set = (label: string, of: 'weightsPerLayer' | 'low' | 'high', borderDash: number[]) => ({
    type: 'line' as const,
    label,
    data: lines.flatMap((line) => {
      const weights = line[of];
      return weights === null ? [] : [{ x: Math.log2(weights), y: Math.log2(line.size) }];
    }),
    borderColor: palette.breakEven,
    backgroundColor: palette.breakEven,
    borderWidth: of === 'weightsPerLayer' ? 3 : 1.5,
    borderDash,
    pointRadius: 0,
    pointStyle: 'line' as const,
  });
  const [low, high] = [set('its 95 % interval', 'low', [5, 4]), set('its 95 % interval', 'high', [5, 4])];
  // One point is no line: the legend names what is drawn, and the interval once.
  if (low.data.length > 1) high.label = upperEnd;
  return [set('break-even (fitted)', 'weightsPerLayer', []), low, high].filter(({ data }) => data.length > 1);
}

function ownSet(own: readonly OwnPoint[]) {
  return {
    label: ownLabel,
    data: own.map((point) => ({ x: Math.log2(point.weightsPerLayer), y: Math.log2(point.size) })),
    backgroundColor: palette.quantize,
    borderColor: '#33383d',
    borderWidth: 1.5,
    pointStyle: 'rectRot' as const,
    pointRadius: 11,
    pointHoverRadius: 13,
  };
}

/** Blue for a gain, vermilion for a loss, the stronger the further from 1; the number stands in it. */
function tilePlugin(tiles: readonly Tile[]): Plugin {
  return {
    id: 'tiles',
    beforeDatasetsDraw: (chart) => {
      const { ctx } = chart;
      ctx.save();
      for (const tile of tiles) drawTile(chart, tile);
      ctx.restore();
    },
  };
}

function drawTile(chart: Chart, tile: Tile): void {
  const { ctx, scales } = chart;
  const [x, y] = [scales['x']!, scales['y']!];
  const [left, right] = [x.getPixelForValue(tile.left), x.getPixelForValue(tile.right)];
  const [top, bottom] = [y.getPixelForValue(tile.top), y.getPixelForValue(tile.bottom)];
  if (tile.speedup !== null) {
    const strength = Math.min(1, Math.abs(Math.log2(tile.speedup)) / fullColour);
    ctx.globalAlpha = 0.06 + 0.5 * strength;
    ctx.fillStyle = tile.speedup >= 1 ? palette.int8 : palette.dequantize;
    ctx.fillRect(left + 1, top + 1, right - left - 2, bottom - top - 2);
    ctx.globalAlpha = 1;
  }
  ctx.fillStyle = typeof chart.options.color === 'string' ? chart.options.color : palette.float;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const roomy = bottom - top > 44 && right - left > 84 && tile.detail !== '';
  const middle = (top + bottom) / 2;
  ctx.font = '600 13px system-ui, sans-serif';
  ctx.fillText(tile.text, (left + right) / 2, roomy ? middle - 8 : middle, right - left - 4);
  ctx.font = '11px system-ui, sans-serif';
  if (roomy) ctx.fillText(tile.detail, (left + right) / 2, middle + 9, right - left - 4);
}

/** The number that the point has in the table under the map. */
function numberPlugin(own: readonly OwnPoint[]): Plugin {
  return {
    id: 'numbers',
    afterDatasetsDraw: ({ ctx, scales }) => {
      ctx.save();
      ctx.font = '700 11px system-ui, sans-serif';
      ctx.textAlign = 'center';
      ctx.textBaseline = 'middle';
      ctx.fillStyle = '#000000';
      own.forEach((point, index) => {
        const x = scales['x']!.getPixelForValue(Math.log2(point.weightsPerLayer));
        ctx.fillText(String(index + 1), x, scales['y']!.getPixelForValue(Math.log2(point.size)));
      });
      ctx.restore();
    },
  };
}
