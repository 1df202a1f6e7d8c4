import { describe, expect, it } from 'vitest';
import { gridOf, type GridEntry } from './grid.js';

function entry(changes: Partial<GridEntry> = {}): GridEntry {
  return {
    model: { name: 'm', sha256: 'a' },
    device: { class: 'sm_86/a10', name: 'NVIDIA A10', architecture: 'sm_86' },
    runtime: { name: 'tensorrt', version: '8.5.3' },
    batch: 1,
    recipe: { scheme: 'static-symmetric' },
    trialId: 't1',
    verdict: 'worth-it',
    speedup: { median: 1.5, low: 1.4, high: 1.6 },
    accuracy: null,
    floatVariant: 'fp16',
    why: null,
    recordedAt: '2026-01-02T00:00:00.000Z',
    ...changes,
  };
}

describe('gridOf', () => {
  it('lists what repeats once', () => {
    const why = { id: 'fixed-batch', advice: 'export it with a dynamic batch' };
    const grid = gridOf([
      entry(),
      entry({ batch: 4, verdict: 'unsupported', speedup: null, why }),
      entry({ model: { name: 'n', sha256: 'b' }, batch: 4, verdict: 'unsupported', speedup: null, why }),
    ]);
    expect(grid.models.map((model) => model.name)).toEqual(['m', 'n']);
    expect(grid.targets).toHaveLength(1);
    expect(grid.recipes).toHaveLength(1);
    expect(grid.whys).toEqual([why]);
    expect(grid.cells.map(({ model, batch, why: reason }) => [model, batch, reason])).toEqual([
      [0, 1, null],
      [0, 4, 0],
      [1, 4, 0],
    ]);
    expect(grid.cells[0]?.speedup).toEqual([1.5, 1.4, 1.6]);
  });

  it('shows the newest, and an older measurement rather than a newer cell without one', () => {
    const waiting = entry({ trialId: 't3', verdict: 'not-measured', speedup: null, recordedAt: null });
    const newer = entry({ trialId: 't2', verdict: 'slower' });
    const cells = gridOf([waiting, newer, entry()]).cells;
    expect(cells.map((cell) => [cell.trialId, cell.verdict])).toEqual([['t2', 'slower']]);
  });
});
