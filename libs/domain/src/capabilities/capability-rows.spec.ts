import { describe, expect, it } from 'vitest';
import { cpuCapabilityOf, saturatesU8S8 } from './cpu-table.js';
import { computeCapability, gpuCapabilityOf, smOrder } from './gpu-capability.js';
import { capabilityRows, gpuTable } from './gpu-table.js';

/** The lecture's table, typed in by hand: TF32, FP32, FP16, INT8, FP16 tensor cores, INT8 tensor cores, DLA. */
const lecture: [string, string, string][] = [
  ['8.6', 'NVIDIA A10', 'yyyyyyn'],
  ['8.0', 'A100', 'yyyyyyn'],
  ['7.5', 'Tesla T4', 'nyyyyyn'],
  ['7.2', 'Jetson AGX Xavier', 'nyyyyyy'],
  ['7.0', 'Tesla V100', 'nyyyynn'],
  ['6.2', 'Jetson TX2', 'nyynnnn'],
  ['6.1', 'Tesla P4', 'nynynnn'],
  ['6.0', 'Tesla P100', 'nyynnnn'],
  ['5.3', 'Jetson TX1', 'nyynnnn'],
  ['5.2', 'Tesla M4', 'nynnnnn'],
  ['5.0', 'Quadro K2200', 'nynnnnn'],
];

describe('capabilityRows', () => {
  it("has the lecture's eleven rows first, exactly and in its order", () => {
    const rows = capabilityRows().slice(0, 11);
    const shown = rows.map((row) => [
      row.sm,
      row.example,
      [row.tf32, row.fp32, row.fp16, row.int8, row.fp16TensorCores, row.int8TensorCores, row.dla]
        .map((value) => (value ? 'y' : 'n'))
        .join(''),
    ]);
    expect(shown).toEqual(lecture);
  });

  it('gives every row exactly the keys that programs rely on', () => {
    for (const row of capabilityRows()) {
      expect(Object.keys(row)).toEqual([
        'sm',
        'example',
        'tf32',
        'fp32',
        'fp16',
        'int8',
        'fp16TensorCores',
        'int8TensorCores',
        'dla',
        'dp4a',
      ]);
    }
  });

  it('has DP4A where the table says INT8, and nowhere else: 7.0 has it, 6.2 and 6.0 have not', () => {
    const dp4a = Object.fromEntries(capabilityRows().map((row) => [row.sm, row.dp4a]));
    expect(dp4a).toMatchObject({ '7.0': true, '6.1': true, '6.2': false, '6.0': false, '5.3': false, '7.5': true });
  });

  it('names a source for every row, once for each SM', () => {
    expect(gpuTable.every((row) => row.source.length > 10)).toBe(true);
    expect(new Set(gpuTable.map((row) => row.sm)).size).toBe(gpuTable.length);
    expect(gpuTable.map((row) => row.sm)).toEqual(expect.arrayContaining(['8.7', '8.9', '9.0', '10.0', '12.0']));
  });
});

describe('gpuCapabilityOf', () => {
  it.each([
    ['sm_86', '8.6'],
    ['sm_90', '9.0'],
    ['sm_120', '12.0'],
    ['sm_101', '10.1'],
    ['x86-64', null],
  ])('reads %s', (architecture, sm) => {
    expect(computeCapability(architecture)).toBe(sm);
  });

  it.each([
    ['NVIDIA GeForce GTX 1660 Ti', false],
    ['NVIDIA GeForce GTX 1650', false],
    ['Quadro T1000', false],
    ['NVIDIA T400 4GB', false],
    ['NVIDIA GeForce MX450', false],
    ['Tesla T4', true],
    ['NVIDIA GeForce RTX 2080 Ti', true],
    ['Quadro RTX 4000', true],
  ])('SM 7.5 %s: tensor cores %s', (name, tensorCores) => {
    const capability = gpuCapabilityOf('sm_75', name);
    expect(capability).toMatchObject({
      int8TensorCores: tensorCores,
      fp16TensorCores: tensorCores,
      int8: true,
      dp4a: true,
    });
  });

  it('does not guess an architecture that it has no row for', () => {
    expect(gpuCapabilityOf('sm_130', 'NVIDIA Future')).toBeNull();
  });

  it('orders 12.0 after 9.0', () => {
    expect(smOrder('12.0')).toBeGreaterThan(smOrder('9.0'));
  });
});

describe('cpuCapabilityOf', () => {
  it.each([
    [['AVX2'], 'AVX2', true],
    [['AVX2', 'AVX-512'], 'AVX-512', true],
    [['AVX-512', 'AVX2', 'AVX512-VNNI', 'AVX-VNNI'], 'AVX512-VNNI', false],
    [['AMX-INT8', 'AVX2', 'AVX512-VNNI'], 'AMX-INT8', false],
    [['NEON'], 'NEON', false],
    [['NEON', 'NEON-DOTPROD'], 'NEON-DOTPROD', false],
  ])('%s: %s', (sets, expected, saturates) => {
    expect(cpuCapabilityOf(sets)?.instructionSet).toBe(expected);
    expect(saturatesU8S8(sets)).toBe(saturates);
  });

  it('has no row for a CPU without any of them', () => {
    expect(cpuCapabilityOf(['SSE2'])).toBeNull();
    expect(saturatesU8S8([])).toBe(false);
  });
});
