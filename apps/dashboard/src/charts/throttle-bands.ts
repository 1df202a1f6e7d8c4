import type { TelemetrySample } from '@octet/domain';
import type { Plugin } from 'chart.js';
import { palette } from './palette.js';

/** A stretch of time in which the device ran slower than it could. */
export interface ThrottleBand {
  /** `power-limit` is the normal state of many devices under load; `slowdown` (heat, hardware) voids the rounds in it. */
  kind: 'power-limit' | 'slowdown';
  /** Seconds since the first round. */
  from: number;
  to: number;
}

const powerLimit = 'sw-power-cap';
/** Told apart by height as well: the power limit is shaded at the foot only. */
const looks = {
  'power-limit': { color: `${palette.float}55`, height: 0.15, says: 'at its power limit (normal under load)' },
  slowdown: { color: `${palette.dequantize}44`, height: 1, says: 'slowed down' },
} as const;

/** A sample's reasons hold until the next sample; the last one's for a second. Bands that touch are one. */
export function throttleBands(samples: readonly TelemetrySample[]): ThrottleBand[] {
  const bands: ThrottleBand[] = [];
  for (const kind of ['power-limit', 'slowdown'] as const) {
    let open: ThrottleBand | null = null;
    for (const [index, sample] of samples.entries()) {
      const holds = sample.throttle.some((reason) => (reason === powerLimit) === (kind === 'power-limit'));
      const to = (samples[index + 1]?.atMs ?? sample.atMs + 1000) / 1000;
      if (!holds) open = null;
      else if (open === null) bands.push((open = { kind, from: sample.atMs / 1000, to }));
      else open.to = to;
    }
  }
  return bands;
}

/** Entries of the legend for the kinds that were seen: data sets without data. */
export function bandLegend(samples: readonly TelemetrySample[]) {
  const reasons = [...new Set(samples.flatMap((sample) => sample.throttle))].filter((reason) => reason !== powerLimit);
  const kinds = [...new Set(throttleBands(samples).map(({ kind }) => kind))];
  return kinds.map((kind) => ({
    label: `shaded: ${looks[kind].says}${kind === 'slowdown' ? ` by ${reasons.join(', ')}` : ''}`,
    data: [],
    backgroundColor: looks[kind].color,
    borderWidth: 0,
  }));
}

/** Shades the bands behind the lines. */
export function bandPlugin(samples: readonly TelemetrySample[]): Plugin {
  const bands = throttleBands(samples);
  return {
    id: 'throttle',
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      for (const { kind, from, to } of bands) {
        const [left, right] = [scales['x']!.getPixelForValue(from), scales['x']!.getPixelForValue(to)];
        const height = chartArea.height * looks[kind].height;
        ctx.fillStyle = looks[kind].color;
        ctx.fillRect(left, chartArea.bottom - height, Math.min(right, chartArea.right) - left, height);
      }
    },
  };
}
