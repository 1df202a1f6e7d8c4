import { describe, expect, it } from 'vitest';
import type { CpuDevice, GpuDevice } from '../device.js';
import {
  sampleConversion as conversion,
  sampleEngine as engine,
  sampleLayer as layer,
} from '../diagnosis/sample-facts.js';
import { footprintOf } from './footprint.js';
import { engineRoofline, layerRooflines } from './layer-roofline.js';
import { peaksOf, type Peaks } from './peaks.js';
import { potentialOf } from './potential.js';
import { theoreticalRatio } from './theoretical-ratio.js';

const gpu = (name: string, sm: number, mig = false): GpuDevice => ({
  kind: 'gpu',
  id: 'GPU-1',
  name,
  architecture: `sm_${sm}`,
  memoryBytes: 2 ** 34,
  powerLimitW: null,
  powerMode: null,
  driverVersion: null,
  index: 0,
  mig,
});
const cpu = (instructionSets: string[]): CpuDevice => ({
  kind: 'cpu',
  id: 'cpu',
  name: 'CPU',
  architecture: 'x86-64',
  instructionSets,
  threads: 1,
  physicalCores: 1,
  logicalCores: 1,
  memoryBytes: 2 ** 33,
});

describe('peaksOf', () => {
  it.each([
    ['Tesla T4', 75, 'Tesla T4'],
    ['NVIDIA A10', 86, 'A10'],
    ['NVIDIA A100-SXM4-40GB', 80, 'A100 40 GB'],
    ['NVIDIA A100 80GB PCIe', 80, undefined],
    ['NVIDIA A100-SXM4-80GB', 80, 'A100 80 GB SXM'],
    ['NVIDIA H200', 90, 'H200 SXM'],
    ['NVIDIA H100 80GB HBM3', 90, 'H100 SXM'],
    ['NVIDIA H100 NVL', 90, undefined],
    ['NVIDIA L40S', 89, 'L40S'],
    ['NVIDIA L4', 89, 'L4'],
    ['NVIDIA GeForce RTX 3090', 86, 'GeForce RTX 3090'],
    ['NVIDIA GeForce RTX 3090 Ti', 86, undefined],
    ['NVIDIA RTX A1000', 86, undefined],
  ])('%s', (name, sm, product) => {
    expect(peaksOf(gpu(name, sm))?.product).toBe(product);
  });

  it('does not know a slice of a GPU, nor a CPU', () => {
    expect(peaksOf(gpu('NVIDIA A100-SXM4-40GB', 80, true))).toBeNull();
    expect(peaksOf(cpu(['AVX2']))).toBeNull();
  });
});

describe('theoreticalRatio', () => {
  it.each([
    [gpu('Tesla T4', 75), 'fp16', 'INT8 tensor cores (Turing)', 2, 2],
    [gpu('Tesla T4', 75), 'fp32', 'INT8 tensor cores (Turing)', 130 / 8.1, 4],
    [gpu('Tesla V100-SXM2-16GB', 70), 'fp16', 'DP4A', 62.8 / 125, 2],
    [gpu('NVIDIA GeForce GTX 1660', 75), 'fp16', 'DP4A', 2, 2],
    [gpu('NVIDIA GeForce GTX 1080', 61), 'fp32', 'DP4A', 4, 4],
    [gpu('NVIDIA GeForce RTX 4090', 89), 'fp16', 'INT8 tensor cores (Ada)', 2, 2],
    [gpu('Jetson TX2', 62), 'fp16', null, null, 2],
    [cpu(['AVX2', 'AVX512-VNNI']), 'fp32', 'AVX512-VNNI', 4, 4],
    [cpu(['AVX2']), 'fp32', 'AVX2', 4 / 3, 4],
    [cpu(['SSE2']), 'fp32', null, null, 4],
  ] as const)('%#', (device, against, mechanism, compute, memory) => {
    const ratio = theoreticalRatio(device, against);
    expect(ratio).toMatchObject({ mechanism, memory });
    if (compute === null) expect(ratio.compute).toBeNull();
    else expect(ratio.compute).toBeCloseTo(compute, 9);
  });
});

/** 1 tera-operation a second in FP16, 2 in INT8; 1 GB/s: easy to count by hand. */
const simple: Peaks = {
  product: 'simple',
  teraOps: { fp32: 0.5, tf32: null, fp16: 1, bf16: 1, int8: 2 },
  memoryGBs: 1,
  l2Bytes: 1000,
  source: 'test',
};

describe('layerRooflines', () => {
  const layers = engine(
    conversion('q', 'x:fp16:1x100', 'xq:int8:1x100', 400),
    layer('fc + relu', ['xq:int8:1x100'], ['y:fp16:1x50'], 10_100, { weightBytes: 5_000 }),
    layer('big', ['y:fp16:1x50'], ['z:fp16:1x50'], 2_100),
    layer('unknown', ['a:fp16'], ['b:fp16'], 100),
  );
  const work = [
    { names: ['fc', 'relu'], macs: 5_000, weights: 5_000 },
    { names: ['big'], macs: 1_000_000, weights: 0 },
  ];
  const lines = layerRooflines(layers, { work, peaks: simple, floatVariant: 'fp16', layerOverheadNs: 100 });

  it('counts a product once, where what could be fused into it is a layer of its own', () => {
    const apart = engine(
      layer('fc', ['x:fp16:1x100'], ['y:fp16:1x50'], 10_000),
      layer('relu', ['y:fp16:1x50'], ['z:fp16:1x50'], 500),
    );
    const rooflines = layerRooflines(apart, { work, peaks: simple, floatVariant: 'fp16', layerOverheadNs: 0 });
    expect(rooflines.map(({ operations, bytes }) => [operations, bytes])).toEqual([
      [10_000, 10_300],
      [0, 200],
    ]);
  });

  it('a conversion is limited by memory: 200 + 100 bytes at 1 byte/ns', () => {
    expect(lines[0]).toMatchObject({
      operations: 0,
      bytes: 300,
      boundNs: 300,
      limitedBy: 'memory',
      timeNs: 300,
      reached: 1,
    });
  });

  it('a matrix product at batch 1 is limited by its weights: 5000 + 100 + 100 bytes against 10,000 operations / 2000 a ns', () => {
    expect(lines[1]).toMatchObject({
      operations: 10_000,
      bytes: 5_200,
      boundNs: 5_200,
      limitedBy: 'memory',
      reached: 0.52,
    });
  });

  it('a float layer is counted at the float rate: 2,000,000 operations / 1000 a ns = 2000 ns', () => {
    expect(lines[2]).toMatchObject({ boundNs: 2_000, limitedBy: 'compute', timeNs: 2_000, reached: 1 });
  });

  it('says nothing where nothing is known', () => {
    expect(lines[3]).toMatchObject({ operations: null, bytes: null, boundNs: null, limitedBy: null, reached: null });
  });

  it('sums up: (300 + 5200 + 2000) / (300 + 10,000 + 2000)', () => {
    const whole = engineRoofline(lines);
    expect(whole).toMatchObject({ boundNs: 7_500, timeNs: 12_300, covered: 1 });
    expect(whole.reached).toBeCloseTo(7_500 / 12_300, 12);
    expect(engineRoofline([])).toEqual({ boundNs: 0, timeNs: 0, reached: null, covered: null });
  });
});

describe('potentialOf', () => {
  const work = [{ names: ['fc', 'relu'], macs: 1_000_000, weights: 1_000 }];
  const float = engine(layer('fused fc', ['x:fp32:1x100'], ['y:fp32:1x50'], 8_000));
  const int8 = engine(
    conversion('q', 'x:fp32:1x100', 'xq:int8:1x100', 1_000),
    layer('relu_token_3', ['xq:int8:1x100'], ['y:int8:1x50'], 4_000),
  );
  const facts = {
    device: cpu(['AVX512-VNNI']),
    floatVariant: 'fp32' as const,
    peaks: { ...simple, memoryGBs: 1000 },
    work,
    float: { layers: float, layerOverheadNs: 0 },
    int8: { layers: int8, layerOverheadNs: 0 },
  };

  it('sets the instruction, the measured peaks and what is reached side by side', () => {
    const potential = potentialOf(facts);
    expect(potential).toMatchObject({ theory: { mechanism: 'AVX512-VNNI', compute: 4 }, peakRatio: 4 });
    // 2,000,000 operations at 500 and at 2000 a ns.
    expect(potential.float).toMatchObject({ boundNs: 4_000, reached: 0.5 });
    expect(potential.int8?.layers[1]).toMatchObject({ boundNs: 1_000, limitedBy: 'compute', reached: 0.25 });
    expect(potential.speedupAtRoofline).toBe(4);
  });

  it('compares no bounds of different work', () => {
    const other = engine(layer('elsewhere', ['xq:int8:1x100'], ['y:int8:1x50'], 4_000));
    const potential = potentialOf({ ...facts, int8: { layers: other, layerOverheadNs: 0 } });
    expect(potential.speedupAtRoofline).toBeNull();
  });

  it('tells the theory where nothing was measured', () => {
    const potential = potentialOf({ ...facts, peaks: null, work: null });
    expect(potential).toMatchObject({ theory: { compute: 4 }, peaks: null, peakRatio: null, float: null, int8: null });
  });
});

describe('footprintOf', () => {
  const float = engine(layer('fc', ['x:fp16:1x100'], ['y:fp16:1x50'], 1, { weightBytes: 10_000 }));
  const int8 = engine(layer('fc', ['x:int8:1x100'], ['y:int8:1x50'], 1, { weightBytes: 5_000 }));

  it('counts weights and each activation once', () => {
    expect(footprintOf(gpu('Tesla T4', 75), float, int8)).toEqual({
      floatBytes: 10_000 + 200 + 100,
      int8Bytes: 5_000 + 100 + 50,
      l2Bytes: 4 * 2 ** 20,
    });
  });

  it('is not known without weights, layers or cache', () => {
    const bare = engine(layer('fc', ['x:fp16:1x100'], ['y:fp16:1x50'], 1));
    expect(footprintOf(gpu('Tesla T4', 75), bare, int8)).toBeNull();
    expect(footprintOf(gpu('Tesla T4', 75), null, int8)).toBeNull();
    expect(footprintOf(cpu(['AVX2']), float, int8)).toBeNull();
  });
});
