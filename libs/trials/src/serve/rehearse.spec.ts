import { measuredPoint } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { rehearsalScript, rehearsedPoint } from './rehearse.js';

const ms = 1e6;

describe('rehearsalScript', () => {
  const points = [measuredPoint(1, ms), measuredPoint(4, 3 * ms)];
  const { arrivalsNs, engineOf, turnOf } = rehearsalScript(points, 2, 1);

  it('lets the engines take turns, forwards and backwards', () => {
    const order = [...engineOf.keys()]
      .filter((at) => at === 0 || engineOf[at] !== engineOf[at - 1] || turnOf[at] !== turnOf[at - 1])
      .map((at) => engineOf[at]);
    expect(order).toEqual([0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
  });

  it('keeps each engine busy for about six tenths of its two seconds', () => {
    for (const [index, { timeNs }] of points.entries()) {
      const launches = engineOf.filter((engine) => engine === index).length;
      expect((launches * timeNs) / 2e9).toBeGreaterThan(0.5);
      expect((launches * timeNs) / 2e9).toBeLessThan(0.7);
    }
  });

  it('has arrivals in order, and some of each engine however slow it is', () => {
    expect([...arrivalsNs]).toEqual([...arrivalsNs].sort((a, b) => a - b));
    expect(rehearsalScript([measuredPoint(1, 5000 * ms)], 1, 1).engineOf).toHaveLength(30);
  });
});

describe('rehearsedPoint', () => {
  it('takes its times from the rehearsal, and its interval from the turns', () => {
    const turnsNs = [10, 11, 10, 12, 10, 11, 10, 11, 10, 12];
    const rehearsed = {
      occupiedNs: [10, 12, 11],
      afterIdle: [true, false, false],
      turnsNs,
    };
    const point = rehearsedPoint({ ...measuredPoint(2, 5), memoryBytes: 7 }, rehearsed);
    expect(point).toMatchObject({
      batch: 2,
      timeNs: 11,
      samplesNs: [10, 12, 11],
      afterIdle: [true, false, false],
      memoryBytes: 7,
    });
    expect(point.interval!.lowNs).toBeLessThanOrEqual(point.interval!.highNs);
  });
});
