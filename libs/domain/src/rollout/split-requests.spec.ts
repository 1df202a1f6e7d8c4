import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measuredPoint } from './latency-curve.js';
import { firstLaunches, splitRequests, splitTable } from './split-requests.js';

const curve = fc
  .uniqueArray(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 5 })
  .chain((batches) =>
    fc.tuple(...batches.map((batch) => fc.integer({ min: 1, max: 50 }).map((timeNs) => measuredPoint(batch, timeNs)))),
  );

/** Every multiset of launches that covers n, by plain recursion over engines in order. */
function bruteForce(n: number, engines: readonly { batch: number; timeNs: number }[]): [number, number, number] {
  let best: [number, number, number] = [Infinity, Infinity, Infinity];
  const visit = (index: number, left: number, total: number, launches: number): void => {
    if (left <= 0) {
      const here: [number, number, number] = [total, launches, Math.abs(left)];
      if (
        here[0] < best[0] ||
        (here[0] === best[0] && (here[1] < best[1] || (here[1] === best[1] && here[2] < best[2])))
      )
        best = here;
      return;
    }
    const engine = engines[index];
    if (engine === undefined || total > best[0]) return;
    for (let count = 0; ; count++) {
      visit(index + 1, left - count * engine.batch, total + count * engine.timeNs, launches + count);
      if (count * engine.batch >= left) return;
    }
  };
  visit(0, n, 0, 0);
  return best;
}

describe('splitRequests', () => {
  it('equals brute force for every n up to 40', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 1, max: 40 }), (engines, n) => {
        const split = splitRequests(n, engines);
        expect([split.totalNs, split.launchCount, split.padding]).toEqual(bruteForce(n, engines));
      }),
      { numRuns: 400 },
    );
  });

  it('covers n with the launches that it names', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 0, max: 200 }), (engines, n) => {
        const split = splitRequests(n, engines);
        const places = [...split.launches].reduce((sum, [batch, count]) => sum + batch * count, 0);
        const time = [...split.launches].reduce(
          (sum, [batch, count]) => sum + count * engines.find((e) => e.batch === batch)!.timeNs,
          0,
        );
        expect(places - n).toBe(split.padding);
        expect(time).toBe(split.totalNs);
      }),
    );
  });

  it('splits the lecture’s 18 requests over 1, 4, 6 and 10', () => {
    const engines = [measuredPoint(1, 100), measuredPoint(4, 250), measuredPoint(6, 330), measuredPoint(10, 500)];
    const split = splitRequests(18, engines);
    // 10 + 4 + 4 = 1000; 6 + 6 + 6 = 990; 10 + 6 + 1 + 1 = 1030; 10 + 10 padded = 1000.
    expect([...split.launches]).toEqual([[6, 3]]);
    expect(split.totalNs).toBe(990);
  });

  it('pads where a larger engine is quicker, and prefers fewer launches, then less padding, on ties', () => {
    expect(splitRequests(3, [measuredPoint(1, 10), measuredPoint(4, 12)])).toMatchObject({ totalNs: 12, padding: 1 });
    expect([...splitRequests(4, [measuredPoint(2, 5), measuredPoint(4, 10)]).launches]).toEqual([[4, 1]]);
    expect([...splitRequests(4, [measuredPoint(8, 10), measuredPoint(4, 10)]).launches]).toEqual([[4, 1]]);
  });

  it('launches an engine of the best split first', () => {
    fc.assert(
      fc.property(curve, (engines) => {
        const first = firstLaunches(splitTable(engines, 40));
        for (let n = 1; n <= 40; n++) {
          const batch = engines[first[n]!]!.batch;
          expect([...splitRequests(n, engines).launches.keys()]).toContain(batch);
        }
      }),
    );
  });
});
