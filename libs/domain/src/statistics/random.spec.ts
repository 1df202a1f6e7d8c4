import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedOrders, williamsSquare } from './balanced-order.js';
import { normalSource, seededRandom, shuffle } from './random.js';
import { mean, standardDeviation } from './summary.js';

describe('seededRandom', () => {
  it('repeats for a seed, differs between seeds and stays in [0, 1)', () => {
    const draw = (seed: number): number[] => Array.from({ length: 50 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('is even: the mean of 20,000 numbers is 1/2 and no tenth is favoured', () => {
    const random = seededRandom(1);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 20_000; i++) {
      const bin = Math.floor(random() * 10);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
    expect(chiSquare).toBeLessThan(27.9); // 0.999 quantile with 9 degrees of freedom
  });

  it('feeds normal numbers of mean 0 and deviation 1', () => {
    const values = Array.from({ length: 20_000 }, normalSource(seededRandom(3)));
    expect(Math.abs(mean(values))).toBeLessThan(0.025);
    expect(standardDeviation(values)).toBeCloseTo(1, 1);
  });

  it('shuffles without losing or doubling anything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const shuffled = shuffle(items, seededRandom(seed));
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('balancedOrders', () => {
  const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `v${i}`);

  it('puts each label equally often in each place and after each other label, over one cycle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }),
        fc.integer(),
        fc.integer({ min: 0, max: 5 }),
        (count, seed, cycle) => {
          const orderOf = balancedOrders(labels(count), seed);
          const length = williamsSquare(count).length;
          const rounds = Array.from({ length }, (_, i) => orderOf(cycle * length + i));
          const places = new Map<string, number>();
          const followers = new Map<string, number>();
          for (const round of rounds) {
            expect(round.toSorted()).toEqual(labels(count));
            round.forEach((label, place) => {
              places.set(`${label}@${place}`, (places.get(`${label}@${place}`) ?? 0) + 1);
              const before = round[place - 1];
              if (before !== undefined)
                followers.set(`${before}>${label}`, (followers.get(`${before}>${label}`) ?? 0) + 1);
            });
          }
          expect(new Set(places.values())).toEqual(new Set([length / count]));
          expect(places.size).toBe(count * count);
          expect(new Set(followers.values())).toEqual(new Set([length / count]));
          expect(followers.size).toBe(count * (count - 1));
        },
      ),
    );
  });

  it('depends on the seed and on nothing else', () => {
    const first = Array.from({ length: 12 }, (_, i) => balancedOrders(labels(3), 5)(i).join());
    expect(Array.from({ length: 12 }, (_, i) => balancedOrders(labels(3), 5)(i).join())).toEqual(first);
    expect(Array.from({ length: 12 }, (_, i) => balancedOrders(labels(3), 6)(i).join())).not.toEqual(first);
  });

  it('handles one label and none', () => {
    expect(balancedOrders(['only'], 1)(3)).toEqual(['only']);
    expect(balancedOrders([], 1)(0)).toEqual([]);
  });
});
