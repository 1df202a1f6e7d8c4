import { describe, expect, it } from 'vitest';
import type { ModeRecord, TrialRecord } from '../trial.js';
import { modeTimes } from './mode-times.js';

const main = { graph: true, transfers: false, streams: 1, soakSeconds: 0 };
const mode = (id: string, int8Ns: number[], change: Partial<ModeRecord> = {}): ModeRecord => ({
  id,
  threads: null,
  conditions: { ...main, graph: id !== 'no-graph', transfers: id === 'transfers' },
  float: 'fp16',
  recipe: 'int8/a',
  roundMediansNs: { fp16: int8Ns.map((ns) => ns * 2), 'int8/a': int8Ns },
  ...change,
});
const record = (modes?: ModeRecord[], kind: 'gpu' | 'cpu' = 'gpu'): TrialRecord =>
  ({ modes, device: { kind } }) as Partial<TrialRecord> as TrialRecord;

describe('modeTimes', () => {
  it('takes the INT8 engine of each mode: its median without graph, its parts with transfers', () => {
    const transferParts = {
      fp16: { hostToDeviceNs: 9, computeNs: 9, deviceToHostNs: 9 },
      'int8/a': { hostToDeviceNs: 40, computeNs: 100, deviceToHostNs: 7 },
    };
    const modes = [mode('no-graph', [150, 130, 140]), mode('transfers', [160], { transferParts })];
    expect(modeTimes(record(modes), 'int8/a', 100.4)).toEqual({
      withGraphNs: 100,
      withoutGraphNs: 140,
      hostToDeviceNs: 40,
      deviceToHostNs: 7,
      computeNs: 100,
    });
  });

  it('leaves null what was not measured', () => {
    expect(modeTimes(record([mode('soak', [100])]), 'int8/a', 100)).toEqual({
      withGraphNs: 100,
      withoutGraphNs: null,
      hostToDeviceNs: null,
      deviceToHostNs: null,
      computeNs: null,
    });
    expect(modeTimes(record([mode('no-graph', [])]), 'int8/a', 100)?.withoutGraphNs).toBeNull();
  });

  it('is null without a mode of a GPU for this recipe', () => {
    expect(modeTimes(record(), 'int8/a', 100)).toBeNull();
    expect(modeTimes(record([mode('no-graph', [100])]), 'int8/b', 100)).toBeNull();
    expect(modeTimes(record([mode('streams-2', [100])], 'cpu'), 'int8/a', 100)).toBeNull();
  });
});
