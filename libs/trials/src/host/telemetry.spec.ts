import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { cpuTelemetry, parseCpuTimes, shares } from './telemetry.js';

describe('cpuTelemetry', () => {
  it('reads the total, idle and stolen ticks; guest time is within user time', () => {
    const stat = 'cpu  100 1 50 800 20 3 4 22 90 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 1\n';
    expect(parseCpuTimes(stat)).toEqual({ total: 1000, idle: 820, stolen: 22 });
    expect(parseCpuTimes('')).toBeNull();
  });

  it('tells own work, the work of others and stolen time apart', () => {
    const before = { total: 1000, idle: 500, stolen: 10, own: 200 };
    const after = { total: 1200, idle: 560, stolen: 30, own: 280 };
    // 200 ticks: 60 idle, 20 stolen, 120 busy, of which 80 are ours.
    expect(shares(before, after)).toEqual({ utilization: 0.6, cpuSteal: 0.1, otherLoad: 0.2 });
    expect(shares(null, after)).toEqual({ utilization: null, cpuSteal: null, otherLoad: null });
    expect(shares(before, { ...after, own: 0 }).otherLoad).toBe(0.6);
  });

  it.runIf(process.platform === 'linux')(
    'counts the work of a child that ended between two readings as own',
    async () => {
      const source = cpuTelemetry();
      const startMs = performance.now();
      const burn = 'const until = Date.now() + 300; while (Date.now() < until);';
      spawnSync(process.execPath, ['-e', burn]);
      const { utilization, otherLoad } = await source.read();
      const ownMs = ((utilization ?? 0) - (otherLoad ?? 0)) * (performance.now() - startMs) * cpus().length;
      expect(ownMs).toBeGreaterThan(150);
    },
  );

  it('reads this host', async () => {
    const source = cpuTelemetry();
    const until = Date.now() + 60;
    while (Date.now() < until);
    const { utilization } = await source.read();
    if (process.platform === 'linux') expect(utilization).toBeGreaterThan(0);
  });
});
