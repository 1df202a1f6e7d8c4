import { describe, expect, it } from 'vitest';
import { OctetError, sweepCells, type SweepCellResult } from '@octet/domain';
import { inspectModel } from '@octet/onnx';
import { trialRecord, engineRecord, roundRecord } from '@octet/testing';
import { noiseOf } from './commands/noise.js';
import { parseDefinition } from './commands/sweep.js';
import { sweepModel } from './sweep-model.js';
import { sweepPage } from './sweep-page.js';
import { readSweep } from './sweep-store.js';
import { sweepResult, type SweepResult } from './sweep-run.js';

const definition = parseDefinition({ family: 'convolution', widths: '16,32,64', sizes: '8,16', depth: '2' });

function played(speedup: (width: number, size: number) => number): SweepResult {
  const cells: SweepCellResult[] = sweepCells(definition).map((cell) => {
    const median = speedup(cell.width, cell.size);
    return {
      cell,
      floatVariant: 'fp32',
      tFloatNs: 1_000_000,
      int8EndToEndNs: Math.round(1_000_000 / median),
      speedup: { median, low: median * 0.99, high: median * 1.01 },
      rounds: 15,
      verdict: 'worth-it',
      reasons: [],
    };
  });
  return sweepResult({
    definition,
    seed: 1,
    measuredAt: '2026-11-23T00:00:00.000Z',
    device: { class: 'x86-64/test', name: 'test', architecture: 'x86-64' },
    runtime: { name: 'onnxruntime', version: '1.30.0' },
    cells,
  });
}

describe('octet sweep', () => {
  it('generates stacks with the weights and shapes that the cell says', () => {
    for (const cell of sweepCells(definition)) {
      const info = inspectModel(sweepModel(cell, 1));
      expect(info.inputs[0]?.shape).toEqual(['batch', cell.width, cell.size, cell.size]);
      expect(info.outputs[0]?.name).toBe('y');
    }
    const [dense] = sweepCells(parseDefinition({ family: 'dense', widths: '8', sizes: '4' }));
    const graph = sweepModel(dense!, 1).graph;
    expect(graph.node.map(({ opType }) => opType)).toEqual([
      'MatMul',
      'Relu',
      'MatMul',
      'Relu',
      'MatMul',
      'Relu',
      'MatMul',
    ]);
    expect(
      graph.initializer.reduce((sum, { rawData, floatData }) => sum + rawData.length / 4 + floatData.length, 0),
    ).toBe(dense!.weights);
  });

  it('says on its page what the rule got right and wrong, and where INT8 starts to pay', () => {
    const page = sweepPage(played((width, size) => 0.6 * (width / 16) ** 0.6 * (size / 8) ** 0.2));
    expect(page).toContain('| 16 (4608 weights) | 0.60 [0.59, 0.61]');
    expect(page).toContain('"Bigger weights, bigger speed-up": held in 4, contradicted in 0');
    expect(page).toContain('"Bigger input, smaller gain": held in 0, contradicted in 3');
    expect(page).toContain('## Where INT8 starts to pay');
  });

  it('reads back what --json wrote, and refuses a grid without a device or a cell', () => {
    const sweep = played(() => 1.5);
    const text = (document: object) => JSON.stringify({ schemaVersion: 1, ...document });
    expect(readSweep(text({ sweep }), 'sweep.json')).toEqual(sweep);
    for (const fault of [{ device: null }, { cells: [] }, { measuredAt: 'yesterday' }]) {
      expect(() => readSweep(text({ sweep: { ...sweep, ...fault } }), 'sweep.json')).toThrow(OctetError);
    }
    expect(() => readSweep('{"results":[]}', 'sweep.json')).toThrow(/sweep\.json.*octet sweep --json/);
    expect(() => readSweep('no JSON', 'sweep.json')).toThrow(/sweep\.json/);
  });

  it('refuses what it does not know', () => {
    expect(() => parseDefinition({ family: 'lstm' })).toThrow(/convolution or dense/);
    expect(() => parseDefinition({ family: 'dense', widths: '64,x' })).toThrow(/whole numbers/);
  });
});

describe('octet noise', () => {
  it('reads the controls out of records', () => {
    const rounds = Array.from({ length: 9 }, (_, i) => roundRecord(i, { fp32: 1_002_000, 'fp32#2': 1_000_000 }));
    const record = trialRecord({ engines: [engineRecord(), engineRecord({ label: 'fp32#2' })], rounds });
    const [noise] = noiseOf([record, trialRecord()]);
    expect(noise).toMatchObject({ trials: 1, floor: 0.01, source: 'default', days: [{ controls: 1 }] });
    expect(noise?.falseVerdicts).toMatchObject({ count: 1, total: 1 });
    expect(noiseOf([trialRecord()])).toEqual([]);
  });
});
