import type { GridCell, GridDocument } from '@octet/protocol';
import { describe, expect, it } from 'vitest';
import { usualBatch, viewOf, type GridChoice } from './grid-view.js';
import { summaries } from './summary.js';

const everything: GridChoice = { batch: 1, recipe: null, architecture: '', runtime: '', verdict: '', text: '' };

function cell(changes: Partial<GridCell>): GridCell {
  return {
    model: 0,
    target: 0,
    recipe: 0,
    batch: 1,
    trialId: 't',
    verdict: 'worth-it' as const,
    speedup: [1.5, 1.4, 1.6] as [number, number, number],
    accuracy: null,
    floatVariant: 'fp16',
    why: null,
    recordedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

function grid(cells: GridCell[]): GridDocument {
  const target = (name: string, architecture: string, runtime: string) => ({
    deviceClass: `${architecture}/${name}/24g/150w`,
    deviceName: name,
    architecture,
    runtime,
    version: '1',
  });
  return {
    schemaVersion: 1,
    models: ['b', 'a', 'c'].map((name) => ({ name, sha256: name.repeat(64) })),
    targets: [target('T4', 'sm_75', 'tensorrt'), target('A10', 'sm_86', 'tensorrt')],
    recipes: [{ scheme: 'static-symmetric', calibrator: 'max' }, { scheme: 'dynamic-symmetric' }],
    whys: [],
    cells,
  };
}

describe('viewOf', () => {
  const cells = [
    cell({ model: 0, target: 0, verdict: 'slower' }),
    cell({ model: 0, target: 0, recipe: 1, verdict: 'not-worth-it' }),
    cell({ model: 1, target: 1 }),
    cell({ model: 2, target: 0, batch: 32 }),
  ];

  it('sorts models and device classes, leaves out other batches and shows the best recipe of a cell', () => {
    const view = viewOf(grid(cells), everything);
    expect(view.models.map((model) => model.name)).toEqual(['a', 'b']);
    expect(view.targets.map((target) => target.deviceName)).toEqual(['A10', 'T4']);
    expect(view.cell(0, 0)?.verdict).toBe('worth-it');
    expect(view.cell(0, 1)).toBeNull();
    expect(view.cell(1, 1)?.verdict).toBe('not-worth-it');
  });

  it('shows one recipe only when asked', () => {
    expect(viewOf(grid(cells), { ...everything, recipe: 0 }).cell(1, 1)?.verdict).toBe('slower');
  });

  it('filters by architecture, verdict and text of model or device', () => {
    const names = (choice: Partial<GridChoice>) =>
      viewOf(grid(cells), { ...everything, ...choice }).models.map((model) => model.name);
    expect(names({ architecture: 'sm_86' })).toEqual(['a']);
    expect(names({ verdict: 'not-worth-it' })).toEqual(['b']);
    expect(names({ text: 'A' })).toEqual(['a']);
    expect(names({ text: 't4' })).toEqual(['b']);
    expect(names({ text: 'nothing of the kind' })).toEqual([]);
  });

  it('opens with the batch of most cells', () => {
    expect(usualBatch(grid(cells))).toBe(1);
    expect(usualBatch(grid([]))).toBeNull();
  });

  it('puts each device class in a sentence', () => {
    const said = summaries(viewOf(grid(cells), everything)).map(({ where, says }) => `${where}: ${says}`);
    expect(said).toEqual([
      'A10, 24 GiB 150 W, tensorrt: INT8 is worth it for 1 of 1 model.',
      'T4, 24 GiB 150 W, tensorrt: INT8 is worth it for 0 of 1 model; FP16 is enough for 1.',
    ]);
  });
});
