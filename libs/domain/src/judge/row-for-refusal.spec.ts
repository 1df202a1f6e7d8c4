import { describe, expect, it } from 'vitest';
import type { CpuDevice } from '../device.js';
import type { AnsweredCell } from '../expansion/index.js';
import { recipeDefaults } from '../recipe.js';
import { defaultPlan, type TrialSpec } from '../trial.js';
import { refusedBeside, rowForRefusal, rowsForRefusals, rowsForUnmeasured } from './row-for-refusal.js';

const device: CpuDevice = {
  kind: 'cpu',
  id: 'cpu',
  name: 'Xeon',
  architecture: 'x86-64',
  instructionSets: ['AVX2'],
  threads: 2,
  physicalCores: 2,
  logicalCores: 2,
  memoryBytes: 2 ** 33,
};
const cell: AnsweredCell = {
  model: { name: 'net', sha256: 'a'.repeat(64) },
  batch: 4,
  shapes: { x: [4, 3] },
  device,
  deviceClass: 'x86-64/xeon/avx2/2t',
  runtime: 'onnxruntime',
  runtimeVersion: '1.30.0',
  variant: 'int8',
  recipe: recipeDefaults,
  verdict: 'unsupported',
  refusal: { code: 'fixed-batch', message: 'The model has a fixed batch of 1.' },
};
const emptyKeys = {
  floatVariant: null,
  floats: {},
  times: null,
  gainNs: null,
  speedup: null,
  rounds: 0,
  accuracy: null,
};

const spec: TrialSpec = {
  model: { name: 'net', sha256: 'a'.repeat(64) },
  dataset: null,
  batch: 1,
  shapes: { x: [1, 3] },
  deviceClass: 'sm_75/tesla-t4/15g/70w',
  runtime: 'tensorrt',
  threads: null,
  floats: ['fp32'],
  recipes: [recipeDefaults, { ...recipeDefaults, weightBits: 7 }],
  plan: defaultPlan,
  accuracy: null,
  seed: 1,
  force: false,
};

describe('rowForRefusal', () => {
  it('has every key, and the reason', () => {
    expect(rowForRefusal(cell)).toEqual({
      model: cell.model,
      device: { class: 'x86-64/xeon/avx2/2t', name: 'Xeon', architecture: 'x86-64' },
      runtime: { name: 'onnxruntime', version: '1.30.0' },
      batch: 4,
      shapes: { x: [4, 3] },
      recipe: { ...recipeDefaults },
      ...emptyKeys,
      verdict: 'unsupported',
      reasons: [
        {
          id: 'fixed-batch',
          severity: 'warning',
          evidence: { message: cell.refusal.message },
          advice: cell.refusal.message,
        },
      ],
    });
  });
});

describe('rowsForRefusals', () => {
  const float: AnsweredCell = { ...cell, variant: 'fp32', recipe: null };
  it('gives recipes a row, and a refused float none beside them', () => {
    expect(rowsForRefusals([float, cell])).toEqual([rowForRefusal(cell)]);
  });
  it('gives one row where no recipe was asked for', () => {
    const [row] = rowsForRefusals([float]);
    expect(row).toMatchObject({ recipe: null, verdict: 'unsupported', reasons: [{ evidence: { variant: 'fp32' } }] });
  });
  it('gives a refused float no row beside a trial that measures the rest of its cell', () => {
    const { model, batch, shapes, deviceClass, runtime } = cell;
    const trial = {
      ...spec,
      model: { name: model.name, sha256: model.sha256 ?? '' },
      batch,
      shapes,
      deviceClass,
      runtime,
    };
    expect(rowsForRefusals([float], [trial])).toEqual([]);
    expect(refusedBeside(trial, [float, cell])).toEqual([{ variant: 'fp32', refusal: cell.refusal }]);
    expect(refusedBeside({ ...trial, batch: 1 }, [float])).toEqual([]);
  });
  it('gives one row for a cell whose float variants are all refused', () => {
    expect(rowsForRefusals([float, { ...float, variant: 'tf32' }])).toHaveLength(1);
  });
  it('tells cells apart by batch', () => {
    expect(rowsForRefusals([{ ...float, batch: 8 }, cell])).toHaveLength(2);
  });
});

describe('rowsForUnmeasured', () => {
  it('gives a row for each recipe of a trial that no agent has measured', () => {
    const rows = rowsForUnmeasured(
      { spec, device: null, runtime: null },
      { code: 'waiting', message: 'Waiting for a device.' },
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      device: { class: 'sm_75/tesla-t4/15g/70w', name: 'tesla-t4', architecture: 'sm_75' },
      runtime: { name: 'tensorrt', version: null },
      ...emptyKeys,
      verdict: 'not-measured',
      reasons: [{ id: 'waiting' }],
    });
  });
  it('gives one without a recipe for a float-only trial', () => {
    const rows = rowsForUnmeasured(
      { spec: { ...spec, recipes: [] }, device, runtime: null },
      { code: 'x', message: 'y' },
    );
    expect(rows).toMatchObject([{ recipe: null, device: { name: 'Xeon' } }]);
  });
});
