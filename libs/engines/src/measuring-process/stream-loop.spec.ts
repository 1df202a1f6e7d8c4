import { describe, expect, it } from 'vitest';
import { createStream, newGate, type StreamRuns } from './stream-loop.js';

const garbageBytes = 0;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('streams of one round', () => {
  it('run at once: each of the first runs ends only because the other stream has begun its own', async () => {
    const log: string[] = [];
    const begun = { a: 0, b: 0 };
    const met = 4;
    // A run of one stream waits for the run of the other that has the same number: in a row, none would ever end.
    const runOf = (own: 'a' | 'b', other: 'a' | 'b') => async () => {
      const number = ++begun[own];
      log.push(`${own}${number} begins`);
      while (number <= met && begun[other] < number) await turn();
      log.push(`${own}${number} ends`);
      await turn();
    };
    const plan = { minRuns: 2 * met + 2, minDurationMs: 0, maxDurationMs: 60_000 };
    const gate = newGate();
    const [a, b] = await Promise.all([
      createStream({ runOnce: runOf('a', 'b'), garbageBytes })(plan, 2, gate),
      createStream({ runOnce: runOf('b', 'a'), garbageBytes })(plan, 2, gate),
    ]);
    for (let number = 1; number <= met; number++) {
      const [aBegins, bBegins] = [log.indexOf(`a${number} begins`), log.indexOf(`b${number} begins`)];
      const [aEnds, bEnds] = [log.indexOf(`a${number} ends`), log.indexOf(`b${number} ends`)];
      expect(Math.max(aBegins, bBegins)).toBeLessThan(Math.min(aEnds, bEnds));
    }
    // The first run of each is discarded; what is kept overlaps by its own stamps as well.
    const first = ({ startsNs, endsNs }: StreamRuns) => ({ startNs: startsNs[0] ?? 0, endNs: endsNs[0] ?? 0 });
    expect(first(a).startNs).toBeLessThan(first(b).endNs);
    expect(first(b).startNs).toBeLessThan(first(a).endNs);
    expect(a.endsNs.length + b.endsNs.length).toBeGreaterThanOrEqual(plan.minRuns);
  });

  it('go on until each of them has a result, however many the faster one has', async () => {
    let slowMayEnd = false;
    let fastRuns = 0;
    const fast = async () => {
      slowMayEnd = ++fastRuns > 50;
      await turn();
    };
    let slowRuns = 0;
    const slow = async () => {
      slowRuns++;
      while (slowRuns > 1 && !slowMayEnd) await turn();
    };
    const plan = { minRuns: 1, minDurationMs: 0, maxDurationMs: 60_000 };
    const gate = newGate();
    const [many, one] = await Promise.all(
      [fast, slow].map((runOnce) => createStream({ runOnce, garbageBytes })(plan, 2, gate)),
    );
    expect(many?.endsNs.length).toBeGreaterThanOrEqual(50);
    expect(one?.endsNs.length).toBeGreaterThanOrEqual(1);
  });

  it('end at the cap of the plan', async () => {
    const plan = { minRuns: 1e9, minDurationMs: 60_000, maxDurationMs: 5 };
    const runs = await createStream({ runOnce: turn, garbageBytes })(plan, 1, newGate());
    expect(runs.endsNs.length).toBeGreaterThanOrEqual(1);
    expect(runs.startsNs).toHaveLength(runs.endsNs.length);
  });

  it('do not wait for one that failed', async () => {
    const fails = () => Promise.reject(new Error('out of memory'));
    const plan = { minRuns: 1e9, minDurationMs: 60_000, maxDurationMs: 60_000 };
    const gate = newGate();
    const [failed, other] = await Promise.allSettled(
      [fails, turn].map((runOnce) => createStream({ runOnce, garbageBytes })(plan, 2, gate)),
    );
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'out of memory' } });
    expect(other?.status).toBe('fulfilled');
  });
});
