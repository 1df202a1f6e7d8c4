import { potentialOf, type ClassedLayer, type LayerWork, type Peaks } from '@octet/domain';
import { cpuDevice } from '@octet/testing';
import { describe, expect, it } from 'vitest';
import { ceilingsOf, operationsText, reachedText } from './potential-words.js';

/** 100 operations a ns in FP32, three times as many in INT8; 10 bytes a ns. */
const peaks: Peaks = {
  product: 'Test CPU 9000',
  teraOps: { fp32: 0.1, tf32: null, fp16: null, bf16: null, int8: 0.3 },
  memoryGBs: 10,
  l2Bytes: null,
  source: 'test',
};
/** 300,000 operations: 3 us of FP32, 1 us of INT8. */
const work: LayerWork[] = [{ names: ['conv'], macs: 150_000, weights: 0 }];

function layer(dataType: 'fp32' | 'int8', timeNs: number): ClassedLayer {
  const tensor = (name: string) => ({ name, dims: [1, 100], dataType, format: null });
  return {
    name: 'conv',
    type: 'Conv',
    kind: 'compute',
    class: dataType === 'int8' ? 'int8' : 'float',
    inputs: [tensor('x')],
    outputs: [tensor('y')],
    timeNs,
    kernel: null,
    provider: null,
    weightBytes: null,
    fusedQuantize: false,
    fusedDequantize: false,
    chainedTo: null,
  };
}

function potential(changes: { peaks?: null; int8Ns?: number } = {}) {
  return potentialOf({
    device: cpuDevice(),
    floatVariant: 'fp32',
    peaks: changes.peaks === null ? null : peaks,
    work,
    float: { layers: [layer('fp32', 6_000)], layerOverheadNs: 0 },
    int8: { layers: [layer('int8', changes.int8Ns ?? 4_000)], layerOverheadNs: 0 },
  });
}

describe('why INT8 could be fast, in words', () => {
  it('goes from the instructions down to what was measured', () => {
    expect(ceilingsOf(potential(), 'fp32', 1.5).map(({ factor }) => Number(factor.toFixed(6)))).toEqual([4, 3, 3, 1.5]);
    expect(ceilingsOf(potential({ peaks: null }), 'fp32', 1.5).map(({ factor }) => factor)).toEqual([4, 1.5]);
  });

  it('says how near the layers come to their bounds, or why nobody can tell', () => {
    expect(reachedText(potential(), 'fp32')).toBe(
      'The layers that multiply reach 50 % of their bounds in the FP32 engine, 25 % in the INT8 engine.',
    );
    expect(reachedText(potential({ int8Ns: 500 }), 'fp32')).toMatch(/200 % in the INT8 engine\. More than 100 %/);
    expect(reachedText(potential({ peaks: null }), 'fp32')).toMatch(/peak rates of this device/);
  });

  it('counts operations in a unit that fits', () => {
    expect([0, 12, 4_321, 1.5e6, 2e9, null].map(operationsText)).toEqual(['0', '12', '4.32 k', '1.5 M', '2 G', '–']);
  });
});
