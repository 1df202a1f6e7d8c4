import { describe, expect, it } from 'vitest';
import { sampleConversion, sampleEngine, sampleLayer, sampleTimes } from '../diagnosis/sample-facts.js';
import type { BorderRecord, EngineRecord, TrialRecord } from '../trial.js';
import { borderReasons } from './border-reasons.js';

/** Own times: quantising at the input 10 us, computing 60 and 20, dequantising at the output 10. */
const layers = sampleEngine(
  sampleConversion('q', 'x:fp16', 'xq:int8', 10_000),
  sampleLayer('conv1', ['xq:int8'], ['a:int8'], 60_000),
  sampleLayer('conv2', ['a:int8'], ['b:int8'], 20_000),
  sampleConversion('dq', 'b:int8', 'y:fp16', 10_000),
);
const times = sampleTimes({ int8EndToEndNs: 100_000 });
const engine = (change: Partial<EngineRecord> = {}): EngineRecord =>
  ({ label: 'int8/a', layers, ...change }) as Partial<EngineRecord> as EngineRecord;
const record = (...borders: BorderRecord[]): TrialRecord => ({ borders }) as Partial<TrialRecord> as TrialRecord;
const border = (
  borders: BorderRecord['borders'],
  asBuilt: number[],
  int8Borders: number[],
  change: Partial<BorderRecord> = {},
): BorderRecord => ({ recipe: 'int8/a', borders, roundMediansNs: { asBuilt, int8Borders }, refusal: null, ...change });

describe('borderReasons', () => {
  it('tells what disappears with INT8 inputs beside what the split gave the input', () => {
    // Paired differences 11, 9 and 30 us: the median is 11 us. The split's 10 us lie within 20 % of it.
    const inputs = border('inputs', [100_000, 101_000, 130_000], [89_000, 92_000, 100_000]);
    const [reason] = borderReasons(record(inputs), engine(), times);
    expect(reason).toMatchObject({
      id: 'border-conversions',
      severity: 'info',
      evidence: {
        borders: 'inputs',
        savedNs: 11_000,
        share: 0.11,
        ablationNs: 11_000,
        splitNs: 10_000,
        agrees: true,
        rounds: 3,
      },
    });
    expect(reason?.advice).toContain('With INT8 inputs the engine takes 11.0 us less');
  });

  it('takes the part of the outputs as what INT8 outputs save beyond INT8 inputs', () => {
    const inputs = border('inputs', [100_000], [90_000]);
    const both = border('inputs-outputs', [100_000], [70_000]);
    const reasons = borderReasons(record(inputs, both), engine(), times);
    // 30 us with both less 10 us with inputs alone: 20 us, where the split saw 10: twice as much.
    expect(reasons[1]?.evidence).toMatchObject({ savedNs: 30_000, ablationNs: 20_000, splitNs: 10_000, agrees: false });
  });

  it('calls differences under 2 us agreement, however large their share', () => {
    const inputs = border('inputs', [100_000], [91_500]);
    expect(borderReasons(record(inputs), engine(), times)[0]?.evidence).toMatchObject({
      ablationNs: 8_500,
      agrees: true,
    });
  });

  it('compares nothing without a profile, or without the run with INT8 inputs alone', () => {
    const inputs = border('inputs', [100_000], [90_000]);
    expect(borderReasons(record(inputs), engine({ layers: null }), times)[0]?.evidence).toMatchObject({
      savedNs: 10_000,
      splitNs: null,
      agrees: null,
    });
    const alone = border('inputs-outputs', [100_000], [70_000]);
    expect(borderReasons(record(alone), engine(), times)[0]?.evidence).toMatchObject({
      savedNs: 30_000,
      ablationNs: null,
      agrees: null,
    });
  });

  it('says why an engine with INT8 borders could not be measured', () => {
    const refusal = { code: 'build-failed', message: 'trtexec ended with exit code 1' };
    const failed = { ...border('inputs', [], []), roundMediansNs: null, refusal };
    const [reason] = borderReasons(record(failed), engine(), times);
    expect(reason).toMatchObject({ evidence: { savedNs: null, refusal } });
    expect(reason?.advice).toContain('could not be measured: trtexec ended with exit code 1');
  });

  it('speaks of its own recipe only', () => {
    const other = border('inputs', [100_000], [90_000], { recipe: 'int8/b' });
    expect(borderReasons(record(other), engine(), times)).toEqual([]);
    expect(borderReasons(record(), engine(), times)).toEqual([]);
  });
});
