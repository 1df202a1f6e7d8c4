import { readFileSync } from 'node:fs';
import { sweepCells, type MeasuredSweep, type SweepCellResult, type SweepDefinition } from '@octet/domain';

const file = new URL('../../../test/fixtures/trtexec/conv-sweep-h200.csv', import.meta.url);

/** The stacks of four convolutions that were measured on an H200: one build a cell, medians only. */
export function recordedSweep(changes: Partial<MeasuredSweep> = {}): MeasuredSweep {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const table = lines.map((line) => line.split(',').map(Number));
  const axis = (column: number) => [...new Set(table.map((row) => row[column]!))];
  const definition: SweepDefinition = {
    family: 'convolution',
    widths: axis(1),
    sizes: axis(2),
    depth: 4,
    maxMacs: null,
  };
  return {
    definition,
    seed: 1,
    measuredAt: '2026-11-01T12:00:00.000Z',
    device: { class: 'sm_90/nvidia-h200/140g/power-unknown', name: 'NVIDIA H200', architecture: 'sm_90' },
    runtime: { name: 'tensorrt', version: '8.5.3' },
    cells: table.map((row) => cellResult(definition, row)),
    ...changes,
  };
}

function cellResult(definition: SweepDefinition, row: readonly number[]): SweepCellResult {
  const [, width, size, floatMs, int8Ms] = row as [number, number, number, number, number];
  const cell = sweepCells(definition).find((each) => each.width === width && each.size === size)!;
  return {
    cell,
    floatVariant: 'fp16',
    tFloatNs: Math.round(floatMs * 1e6),
    int8EndToEndNs: Math.round(int8Ms * 1e6),
    speedup: { median: floatMs / int8Ms, low: null, high: null },
    rounds: 0,
    verdict: 'undecided',
    reasons: ['too-few-rounds'],
  };
}
