import type { TelemetrySample } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { bandLegend, throttleBands } from './throttle-bands.js';

const at = (seconds: number, ...throttle: string[]) =>
  ({ atMs: seconds * 1000, throttle }) as Partial<TelemetrySample> as TelemetrySample;

describe('throttleBands', () => {
  it('joins samples into bands of either kind', () => {
    const samples = [
      at(0),
      at(1, 'sw-power-cap'),
      at(2, 'sw-power-cap', 'hw-thermal-slowdown'),
      at(3, 'sw-thermal-slowdown'),
      at(4),
      at(5, 'sw-power-cap'),
    ];
    expect(throttleBands(samples)).toEqual([
      { kind: 'power-limit', from: 1, to: 3 },
      { kind: 'power-limit', from: 5, to: 6 },
      { kind: 'slowdown', from: 2, to: 4 },
    ]);
    expect(bandLegend(samples).map(({ label }) => label)).toEqual([
      'shaded: at its power limit (normal under load)',
      'shaded: slowed down by hw-thermal-slowdown, sw-thermal-slowdown',
    ]);
  });

  it('has nothing to say of a device that ran freely', () => {
    expect(throttleBands([at(0), at(1)])).toEqual([]);
    expect(bandLegend([at(0), at(1)])).toEqual([]);
  });
});
