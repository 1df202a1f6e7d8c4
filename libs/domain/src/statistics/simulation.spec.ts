import { describe, expect, it } from 'vitest';
import {
  known,
  procedures,
  simulateStationary,
  simulateUnstable,
  widthsAtFixedRounds,
} from '../../../../test/bench/trust/simulate.js';

/**
 * A short, seeded run of the simulation behind docs/statistics.md (10,000 runs there, `npm run bench:trust -- --simulate`).
 * Limits leave room for the error of so few runs.
 */
describe('the measuring procedure, simulated', () => {
  it('covers, stays narrow and raises no false alarm on stationary series with the adaptive stop on', () => {
    const rows = simulateStationary(400, 1, 0.01, { halfWidth: 0.01, lastRound: 60, boundary: null });
    for (const row of rows.filter(({ procedure }) => procedure === 'octet')) {
      expect(row.coverage, row.series).toBeGreaterThan(0.96);
      expect(row.calledUnstable, row.series).toBeLessThan(0.05);
      const rivals = rows.filter(({ series, coverage }) => series === row.series && coverage >= 0.94);
      expect(row.width / Math.min(...rivals.map(({ width }) => width)), row.series).toBeLessThan(1.5);
    }
  });

  it('covers 95 % even where only a wrong interval can end the trial', () => {
    const plan = { halfWidth: 0.01, lastRound: 135, boundary: 1.1 };
    const own = simulateStationary(250, 2, 0.01, plan, { octet: procedures['octet']! });
    const held = own.reduce((sum, { coverage }) => sum + coverage, 0) / own.length;
    expect(held).toBeGreaterThan(0.94);
  });

  it('is at most 1.5 times as wide as the narrowest interval that covers, at equal rounds', () => {
    const rows = widthsAtFixedRounds(400, 3, 0.01, 25);
    for (const row of rows.filter(({ procedure }) => procedure === 'octet')) {
      const rivals = rows.filter(({ series, coverage }) => series === row.series && coverage >= 0.94);
      expect(row.width / Math.min(...rivals.map(({ width }) => width)), row.series).toBeLessThan(1.5);
    }
  });

  it(`catches more than "${known}" does on drift, random walk and autocorrelation`, () => {
    for (const row of simulateUnstable(600, 4, { halfWidth: 0.01, lastRound: 60, boundary: null })) {
      expect(row.caughtByOctet, row.series).toBeGreaterThan(row.caughtByKnown);
      expect(row.savedByOctet, row.series).toBeGreaterThan(row.caughtByOctet);
      expect(row.believedWrongOctet, row.series).toBeLessThan(row.believedWrongKnown);
    }
  });
});
