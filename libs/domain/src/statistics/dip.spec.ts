import { describe, expect, it } from 'vitest';
import { dip, dipPValue } from './dip.js';
import { normalSource, seededRandom } from './random.js';

/** Expected values by the definition, from a linear program over all modes (SciPy 1.17, linprog), not by this algorithm. */
const byDefinition = [
  { values: [-0.3908, -0.2386, 7.4948, 7.8172, 9.5458], dip: 0.19614 },
  { values: [-0.8865, -0.2917, -0.2696, -0.2436, 0.5405, 0.8825, 1.0023, 1.9351], dip: 0.118002 },
  { values: [0.2072, 0.2187, 0.2982, 0.6301, 0.6577, 0.7222, 0.7418, 0.8299], dip: 0.147154 },
  {
    values: [-2.0395, -0.1108, 0.2246, 0.5434, 2.55, 5.721, 7.3914, 7.6597, 8.0433, 8.5327, 8.641, 9.1745],
    dip: 0.106833,
  },
  {
    values: [
      -0.7103, -0.6439, -0.5874, -0.2751, -0.0168, 0.1643, 0.167, 0.1952, 1.0313, 1.0462, 1.6157, 5.8617, 7.4398,
      7.8109, 7.8427, 7.8655, 7.9322, 8.0419, 8.6527, 8.7597,
    ],
    dip: 0.15843,
  },
];

const ascending = (values: number[]): number[] => values.sort((a, b) => a - b);

describe('dip', () => {
  it.each(byDefinition)(
    'is the distance to the nearest distribution of one mode: $dip',
    ({ values, dip: expected }) => {
      expect(dip(values)).toBeCloseTo(expected, 6);
    },
  );

  it('is least for evenly spaced values and 0.25 for two far points of equal weight', () => {
    expect(dip([1, 2, 3, 4, 5, 6, 7, 8])).toBeCloseTo(1 / 16, 12);
    expect(dip([0, 0, 0, 0, 0, 9, 9, 9, 9, 9])).toBeCloseTo(0.25, 12);
  });

  it('does not mind equal values', () => {
    expect(dip([2, 2, 2, 2])).toBeCloseTo(1 / 8, 12);
    expect(dip([])).toBe(0.5);
  });

  it('finds two groups and seldom sees them in normal noise', () => {
    const normal = normalSource(seededRandom(11));
    const two = ascending(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : 1.1) + 0.01 * normal()));
    expect(dipPValue(two)).toBeLessThan(0.002);
    const alarms = Array.from({ length: 300 }, () => ascending(Array.from({ length: 40 }, normal)));
    expect(alarms.filter((values) => dipPValue(values) < 0.05).length).toBeLessThanOrEqual(5);
  });
});
