import type { Plugin } from 'chart.js';

/** Ends of an interval at a place of the x axis. */
export interface IntervalBar {
  x: number;
  low: number;
  high: number;
}

/** Draws the interval of each point as a bar with two ends, in the colour of its series. `bars`: by dataset. */
export function intervalBars(bars: readonly (readonly IntervalBar[])[]): Plugin {
  return {
    id: 'interval-bars',
    beforeDatasetsDraw: ({ ctx, scales, data }) => {
      ctx.save();
      ctx.lineWidth = 1.5;
      bars.forEach((series, index) => {
        ctx.strokeStyle = String(data.datasets[index]?.borderColor as string);
        for (const { x, low, high } of series) {
          const at = scales['x']!.getPixelForValue(x) + (index - (bars.length - 1) / 2) * 3;
          const [top, bottom] = [scales['y']!.getPixelForValue(high), scales['y']!.getPixelForValue(low)];
          ctx.beginPath();
          ctx.moveTo(at, top);
          ctx.lineTo(at, bottom);
          for (const end of [top, bottom]) {
            ctx.moveTo(at - 4, end);
            ctx.lineTo(at + 4, end);
          }
          ctx.stroke();
        }
      });
      ctx.restore();
    },
  };
}
