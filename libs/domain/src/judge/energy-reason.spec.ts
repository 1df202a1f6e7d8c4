import { describe, expect, it } from 'vitest';
import type { EngineRecord, ModeRecord, TrialRecord } from '../trial.js';
import { energyOfReasons, energyReasons } from './energy-reason.js';

const load = (powerW: number | null) => ({ powerW, smClockMhz: 1410, temperatureC: 60 });
const soak = (change: Partial<ModeRecord> = {}): ModeRecord => ({
  id: 'soak',
  threads: null,
  conditions: { graph: true, transfers: false, streams: 1, soakSeconds: 30 },
  float: 'fp16',
  recipe: 'int8/a',
  load: { fp16: load(200), 'int8/a': load(150) },
  roundMediansNs: { fp16: [1_900_000, 2_000_000, 2_100_000], 'int8/a': [1_000_000] },
  ...change,
});
const record = (...modes: ModeRecord[]): TrialRecord => ({ modes, engines: [] }) as Partial<TrialRecord> as TrialRecord;

describe('energyReasons', () => {
  it('is power under load times the time of one execution, in mJ', () => {
    // 200 W x 2 ms = 400 mJ; 150 W x 1 ms = 150 mJ.
    const [reason] = energyReasons(record(soak()), 'int8/a', 'fp16');
    expect(reason).toMatchObject({
      id: 'energy-per-inference',
      severity: 'info',
      evidence: { against: 'fp16', floatMillijoules: 400, int8Millijoules: 150 },
    });
    expect(reason?.evidence['ratio']).toBeCloseTo(400 / 150, 12);
    expect(reason?.advice).toContain('150 mJ in INT8 and 400 mJ in fp16');
    expect(reason?.advice).toContain('2.67 times less');
  });

  it('says so where INT8 takes more', () => {
    const hungry = soak({ load: { fp16: load(100), 'int8/a': load(300) } });
    // 100 W x 2 ms = 200 mJ; 300 W x 1 ms = 300 mJ.
    expect(energyReasons(record(hungry), 'int8/a', 'fp16')[0]?.advice).toContain('1.50 times more');
  });

  it.each([
    ['no soak', [{ ...soak(), id: 'no-graph' }]],
    ['a soak of another recipe', [soak({ recipe: 'int8/b' })]],
    ['a device that does not tell its power', [soak({ load: { fp16: load(200), 'int8/a': load(null) } })]],
    ['no load at all', [soak({ load: undefined })]],
    ['no rounds', [soak({ roundMediansNs: { fp16: [], 'int8/a': [] } })]],
  ])('says nothing with %s', (_name, modes) => {
    expect(energyReasons(record(...modes), 'int8/a', 'fp16')).toEqual([]);
  });

  it("takes a CPU's energy counters where no soak tells", () => {
    const engine = (label: string, energyMillijoules: number | null) =>
      ({ label, energyMillijoules }) as Partial<EngineRecord> as EngineRecord;
    const counted = { ...record(), engines: [engine('fp32', 30), engine('int8/a', 40)] };
    const reasons = energyReasons(counted, 'int8/a', 'fp32');
    expect(energyOfReasons(reasons)).toEqual({ against: 'fp32', floatMillijoules: 30, int8Millijoules: 40 });
    expect(reasons[0]?.advice).toContain('(energy counters of the whole CPU package): 1.33 times more');
    const dark = { ...record(), engines: [engine('fp32', 30), engine('int8/a', null)] };
    expect(energyReasons(dark, 'int8/a', 'fp32')).toEqual([]);
    expect(energyOfReasons([])).toBeNull();
  });
});
