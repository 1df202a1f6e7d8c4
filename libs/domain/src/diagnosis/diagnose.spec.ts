import { describe, expect, it } from 'vitest';
import type { CpuDevice } from '../device.js';
import { gpuTable } from '../capabilities/index.js';
import { recipeDefaults } from '../recipe.js';
import type { AccuracyResult } from '../trial.js';
import { batchTooSmall, crossoverOf } from './batch-too-small.js';
import { cacheResident } from './cache-resident.js';
import { constantCopied } from './constant-copied.js';
import { conversionsDominate } from './conversions-dominate.js';
import { diagnose, diagnoses } from './diagnose.js';
import { dynamicOverhead } from './dynamic-overhead.js';
import { fallback } from './fallback.js';
import { floatRemainderFp32 } from './float-remainder-fp32.js';
import { floatRemainder } from './float-remainder.js';
import { fusionLost } from './fusion-lost.js';
import { groupedConvolution } from './grouped-convolution.js';
import { int8InFloatOut } from './int8-in-float-out.js';
import { int8NotUsed } from './int8-not-used.js';
import { launchBound } from './launch-bound.js';
import { noInt8Hardware } from './no-int8-hardware.js';
import { opaqueNode } from './opaque-node.js';
import { paddedChannels } from './padded-channels.js';
import {
  sampleConversion as conversion,
  sampleEngine as engine,
  sampleFacts as facts,
  sampleLayer as layer,
  sampleTimes as times,
} from './sample-facts.js';
import { saturation } from './saturation.js';
import { transferBound } from './transfer-bound.js';
import { unfusedQdq } from './unfused-qdq.js';
import { unstable } from './unstable.js';

const cpu = (instructionSets: string[]): CpuDevice => ({
  kind: 'cpu',
  id: 'cpu',
  name: 'CPU',
  architecture: 'x86-64',
  instructionSets,
  threads: 2,
  physicalCores: 2,
  logicalCores: 2,
  memoryBytes: 2 ** 33,
});
const sm = (name: string) => gpuTable.find((row) => row.sm === name) ?? null;

describe('a healthy trial', () => {
  it('has no diagnosis, with or without a layer list', () => {
    expect(diagnose(facts())).toEqual([]);
    const layers = engine(
      conversion('q', 'x:fp16', 'xq:int8', 5),
      layer('conv1', ['xq:int8'], ['a:int8'], 500),
      layer('conv2', ['a:int8'], ['y:int8'], 480),
      conversion('dq', 'y:int8', 'out:fp16', 15),
    );
    const split = times({
      tQuantNs: 5,
      tInt8Ns: 980,
      tDequantNs: 15,
      int8Parts: { int8Ns: 980, floatNs: 0, conversionNs: 0, overheadNs: 0 },
    });
    expect(diagnose(facts({ int8Layers: layers, times: split }))).toEqual([]);
  });

  it('is looked at from all twenty sides of the design page', () => {
    expect(diagnoses).toHaveLength(20);
  });
});

describe('no-int8-hardware', () => {
  it.each([
    ['6.2', 'critical'],
    ['7.0', 'info'],
    ['6.1', 'info'],
    ['7.5', null],
    ['9.0', null],
  ])('SM %s: %s', (name, severity) => {
    expect(noInt8Hardware(facts({ gpu: sm(name) }))?.severity ?? null).toBe(severity);
  });

  it('a CPU without and with INT8 instructions', () => {
    expect(noInt8Hardware(facts({ gpu: null, device: cpu(['SSE2']) }))?.evidence).toEqual({
      instructionSets: ['SSE2'],
    });
    expect(noInt8Hardware(facts({ gpu: null, device: cpu(['AVX2']) }))).toBeNull();
  });
});

describe('int8-not-used', () => {
  it('none at all is critical', () => {
    const int8Layers = engine(layer('conv1', ['x:fp16'], ['y:fp16'], 1000));
    expect(int8NotUsed(facts({ int8Layers }))).toMatchObject({
      severity: 'critical',
      evidence: { int8TimeShare: 0, int8Layers: 0, floatLayers: 1, layers: [{ name: 'conv1', timeNs: 1000 }] },
    });
  });

  it('names tensors that the builder had no range for', () => {
    const int8Layers = engine(layer('conv1', ['x:fp16'], ['y:fp16'], 1000));
    const missing = int8NotUsed(facts({ int8Layers, missingRanges: ['(Unnamed Layer* 1) [Matrix Multiply]_output'] }));
    expect(missing?.evidence['missingRanges']).toBe(1);
    expect(missing?.advice).toContain('no range for 1 tensors ((Unnamed Layer* 1) [Matrix Multiply]_output first)');
    expect(int8NotUsed(facts({ int8Layers }))?.advice).not.toContain('no range');
  });

  it('less than half of the time is a warning; half is none', () => {
    const with49 = engine(layer('a', ['x:int8'], ['m:fp16'], 490), layer('b', ['m:fp16'], ['y:fp16'], 510));
    const with50 = engine(layer('a', ['x:int8'], ['m:fp16'], 500), layer('b', ['m:fp16'], ['y:fp16'], 500));
    expect(int8NotUsed(facts({ int8Layers: with49 }))).toMatchObject({
      severity: 'warning',
      evidence: { int8TimeShare: 0.49 },
    });
    expect(int8NotUsed(facts({ int8Layers: with50 }))).toBeNull();
  });

  it('counts own times: what the profiler adds to each layer would make many small float layers of it', () => {
    const small = ['b', 'c', 'd'].map((name) => layer(name, ['m:fp16'], ['y:fp16'], 300));
    const int8Layers = engine(layer('a', ['x:int8'], ['m:fp16'], 800), ...small);
    expect(int8NotUsed(facts({ int8Layers }))).toMatchObject({ evidence: { int8TimeShare: 0.4706 } });
    const { times } = facts({ int8Layers });
    expect(int8NotUsed(facts({ int8Layers, times: { ...times, layerOverheadNs: 200 } }))).toBeNull();
  });

  it('is none where INT8 shares its time with conversions alone', () => {
    const q = conversion('q', 'x:fp32', 'xq:int8', 600);
    const int8 = layer('a', ['xq:int8'], ['y:fp32'], 400);
    expect(int8NotUsed(facts({ int8Layers: engine(q, int8) }))).toBeNull();
    const besideFloat = engine(q, int8, layer('b', ['y:fp32'], ['z:fp32'], 200));
    expect(int8NotUsed(facts({ int8Layers: besideFloat }))).toMatchObject({
      evidence: { int8TimeShare: 0.3333, floatTimeShare: 0.1667 },
    });
  });

  it('names explicit placement where the builder chose float', () => {
    const int8Layers = engine(layer('conv1', ['x:fp16'], ['y:fp16'], 1000));
    const recipe = { ...recipeDefaults, placement: 'implicit' as const };
    expect(int8NotUsed(facts({ int8Layers, recipe }))?.advice).toContain('placement: explicit');
  });

  it('is told from layers that nobody timed, but not from a subgraph that hides its layers', () => {
    const untimed = (type: string) =>
      engine(layer('n', ['x:fp32'], ['y:fp32'], 0, { type })).map((one) => ({ ...one, timeNs: null }));
    const runtime = { name: 'onnxruntime-cuda' as const, version: '1.30.0', providers: ['cuda', 'cpu'] };
    const reason = int8NotUsed(facts({ runtime, int8Layers: untimed('Conv') }));
    expect(reason).toMatchObject({ severity: 'critical', evidence: { int8TimeShare: null, floatLayers: 1 } });
    expect(reason?.advice).toContain('CUDA provider computes quantised convolutions and matrix products in float');
    expect(int8NotUsed(facts({ int8Layers: untimed('TRTKernel_graph_main_1_0') }))).toBeNull();
  });

  it('counts operators that compute in INT8 on float inputs', () => {
    const int8Layers = engine(layer('mm', ['x:fp32'], ['y:fp32'], 1000, { type: 'DynamicQuantizeMatMul' }));
    expect(int8NotUsed(facts({ int8Layers }))).toBeNull();
  });
});

describe('conversions-dominate', () => {
  const chain = (quantNs: number) =>
    engine(
      layer('conv0', ['x:fp16'], ['a:fp16'], 100),
      conversion('q1', 'a:fp16', 'aq:int8', quantNs),
      layer('conv1', ['aq:int8', 'a:fp16'], ['b:int8'], 600),
      conversion('dq', 'b:int8', 'y:fp16', 50),
    );
  const split = (quant: number, dequant: number) =>
    times({
      tQuantNs: quant,
      tDequantNs: dequant,
      tInt8Ns: 1000 - quant - dequant,
      int8Parts: { int8Ns: 600, floatNs: 400 - quant - dequant, conversionNs: 0, overheadNs: 0 },
    });

  it('says how much, where, and the bound if they were free', () => {
    const reason = conversionsDominate(facts({ int8Layers: chain(250), times: split(250, 50) }));
    expect(reason).toMatchObject({
      severity: 'warning',
      evidence: {
        share: 0.3,
        removableNs: 300,
        quantizing: 1,
        dequantizing: 1,
        where: { inputNs: 0, insideNs: 250, outputNs: 50 },
        mixedInputs: 1,
        // 2000 / (1000 - 300)
        speedupIfFree: 2.8571,
        layers: [
          { name: 'q1', timeNs: 250 },
          { name: 'dq', timeNs: 50 },
        ],
      },
    });
    expect(reason?.advice).toContain('residual');
  });

  it("takes the float engine's own casts off before it promises anything", () => {
    // The float engine of 2000 ns spends 250 in a cast: of INT8's 300 only 50 (5 %) are its own.
    const floatLayers = engine(
      layer('conv', ['x:fp32'], ['a:fp32'], 1750),
      conversion('cast', 'a:fp32', 'y:fp16', 250),
    );
    expect(conversionsDominate(facts({ int8Layers: chain(250), floatLayers, times: split(250, 50) }))).toBeNull();
  });

  it('10 % is not yet a finding', () => {
    expect(conversionsDominate(facts({ int8Layers: chain(50), times: split(50, 50) }))).toBeNull();
    expect(conversionsDominate(facts({ int8Layers: chain(52), times: split(51, 50) }))).not.toBeNull();
  });

  it('advises INT8 inputs where it lies at the input', () => {
    const int8Layers = engine(conversion('q', 'x:fp32', 'xq:int8', 300), layer('conv', ['xq:int8'], ['y:int8'], 700));
    expect(conversionsDominate(facts({ int8Layers, times: split(300, 0) }))?.advice).toContain(
      '--inputIOFormats=int8:chw32',
    );
  });

  it('is critical where INT8 loses', () => {
    const lost = facts({
      int8Layers: chain(250),
      times: split(250, 50),
      speedup: { median: 0.9, low: 0.89, high: 0.91 },
    });
    expect(conversionsDominate(lost)?.severity).toBe('critical');
  });
});

describe('float-remainder', () => {
  const int8Layers = engine(
    layer('conv', ['x:int8'], ['a:fp32'], 12_585, { type: 'QLinearConv' }),
    layer('mul', ['a:fp32'], ['b:fp32'], 9_000, { type: 'Mul' }),
    layer('add', ['b:fp32'], ['y:fp32'], 558, { type: 'Add' }),
  );
  // The design page's example: 9,558 us float in 25,566 us, gain 5,241 us.
  const split = times({
    tFloatNs: 30_807,
    int8EndToEndNs: 25_566,
    int8Parts: { int8Ns: 12_585, floatNs: 9_558, conversionNs: 500, overheadNs: 0 },
  });

  it("is the design page's example: share 0.37", () => {
    expect(floatRemainder(facts({ int8Layers, times: split }))).toMatchObject({
      severity: 'info',
      evidence: {
        share: 0.3739,
        gainNs: 5_241,
        byType: [
          { type: 'Mul', count: 1, timeNs: 9_000 },
          { type: 'Add', count: 1, timeNs: 558 },
        ],
      },
    });
  });

  it('is none where INT8 saves more than the float part costs, or the part is small', () => {
    expect(floatRemainder(facts({ int8Layers, times: { ...split, tFloatNs: 40_000 } }))).toBeNull();
    const small = { int8Ns: 24_000, floatNs: 1_566, conversionNs: 0, overheadNs: 0 };
    expect(floatRemainder(facts({ int8Layers, times: { ...split, tFloatNs: 26_000, int8Parts: small } }))).toBeNull();
  });

  it('is a warning where INT8 loses', () => {
    expect(floatRemainder(facts({ int8Layers, times: { ...split, tFloatNs: 20_000 } }))?.severity).toBe('warning');
  });
});

describe('int8-in-float-out', () => {
  it('names inner layers that leave INT8', () => {
    const int8Layers = engine(
      layer('conv1', ['x:int8'], ['a:fp16'], 300),
      layer('pool', ['a:fp16'], ['b:fp16'], 100),
      layer('fc', ['b:int8'], ['y:fp16'], 600),
    );
    expect(int8InFloatOut(facts({ int8Layers }))).toMatchObject({
      severity: 'warning',
      evidence: { count: 1, share: 0.3, layers: [{ name: 'conv1' }] },
    });
  });

  it('the last layer has to leave INT8', () => {
    const int8Layers = engine(layer('conv1', ['x:int8'], ['a:int8'], 400), layer('fc', ['a:int8'], ['y:fp16'], 600));
    expect(int8InFloatOut(facts({ int8Layers }))).toBeNull();
  });
});

describe('unfused-qdq', () => {
  const inner = engine(
    layer('conv1', ['x:int8'], ['a:int8'], 400),
    conversion('dq', 'a:int8', 'b:fp16', 60),
    layer('gelu', ['b:fp16'], ['c:fp16'], 540),
  );

  it('names pairs left between layers', () => {
    expect(unfusedQdq(facts({ int8Layers: inner }))).toMatchObject({
      severity: 'warning',
      evidence: { count: 1, share: 0.06, layers: [{ name: 'dq' }] },
    });
  });

  it('names targets that the runtime left in float', () => {
    expect(unfusedQdq(facts({ unfusedTargets: ['conv7'] }))).toMatchObject({
      severity: 'warning',
      evidence: { unfusedTargets: ['conv7'] },
    });
  });

  it('Q/DQ at the borders belongs there', () => {
    const int8Layers = engine(
      conversion('q', 'x:fp16', 'xq:int8', 100),
      layer('conv1', ['xq:int8'], ['a:int8'], 800),
      conversion('dq', 'a:int8', 'y:fp16', 100),
    );
    expect(unfusedQdq(facts({ int8Layers }))).toBeNull();
  });

  it('implicit INT8 has no Q/DQ nodes', () => {
    expect(unfusedQdq(facts({ int8Layers: inner, recipe: { ...recipeDefaults, placement: 'implicit' } }))).toBeNull();
  });
});

describe('padded-channels', () => {
  const wide = (channels: number) => `a:int8:1x${channels}x8x8:Thirty-two wide channel vectorized row major`;

  it('16 channels in groups of 32: half is padding', () => {
    const int8Layers = engine(layer('conv', [wide(16)], [wide(16)], 1000));
    expect(paddedChannels(facts({ int8Layers }))).toMatchObject({
      evidence: {
        share: 1,
        tensors: [{ tensor: 'a', channels: 16, packed: 32, padding: 0.5 }],
        // 2000 / (1000 - 0.5 * 1000)
        speedupIfAligned: 4,
      },
    });
  });

  it('3 channels in groups of 32: 91 %', () => {
    const int8Layers = engine(layer('conv', [wide(3)], ['b:int8'], 1000));
    expect(paddedChannels(facts({ int8Layers }))?.advice).toContain('91 %');
  });

  it.each([
    ['aligned', wide(64)],
    ['3 in groups of 4: every RGB input', 'a:int8:1x3x8x8:Four wide channel vectorized row major'],
    ['not packed', 'a:int8:1x16x8x8:Row major linear'],
    ['a packed float tensor', 'a:fp16:1x3x8x8:Sixteen wide channel vectorized row major'],
  ])('%s is none', (_name, tensor) => {
    expect(paddedChannels(facts({ int8Layers: engine(layer('conv', [tensor], ['b:int8'], 1000)) }))).toBeNull();
  });
});

describe('constant-copied', () => {
  it('biases shared through Identity', () => {
    const int8Layers = engine(
      layer('bias', [], ['bias:fp16:64'], 0, { type: 'Constant', kind: 'noop' }),
      conversion('Identity_0', 'bias:fp16:64', 'bias0:fp16:64', 60),
      conversion('Identity_1', 'bias0:fp16:64', 'bias1:fp16:64', 40),
      layer('conv', ['x:int8', 'bias1:fp16:64'], ['y:int8'], 900),
    );
    expect(constantCopied(facts({ int8Layers }))).toMatchObject({
      severity: 'warning',
      evidence: { count: 2, profiledNs: 100, share: 0.1 },
    });
  });

  it('weights dequantised at every run (no activation input)', () => {
    const int8Layers = engine(
      layer('dqw', [], ['w:fp32'], 300, { type: 'DequantizeLinear', kind: 'conversion' }),
      layer('matmul', ['x:fp32', 'w:fp32'], ['y:fp32'], 700),
    );
    expect(constantCopied(facts({ int8Layers }))?.evidence).toMatchObject({ count: 1 });
  });

  it('conversions of activations are none', () => {
    const int8Layers = engine(conversion('q', 'x:fp16', 'xq:int8', 300), layer('conv', ['xq:int8'], ['y:int8'], 700));
    expect(constantCopied(facts({ int8Layers }))).toBeNull();
  });
});

describe('grouped-convolution', () => {
  const pair = (int8Ns: number, floatNs: number, weightBytes: number | null, name = 'conv_dw') =>
    facts({
      int8Layers: engine(
        layer(`${name}_quant`, ['x:int8:1x64x8x8'], ['y:int8:1x64x8x8'], int8Ns, { type: 'QLinearConv', weightBytes }),
      ),
      floatLayers: engine(layer(name, ['x:fp32:1x64x8x8'], ['y:fp32:1x64x8x8'], floatNs, { type: 'Conv' })),
    });

  it('a depthwise layer slower than in float, told by the size of its weights (9 x 64 < 64 x 64)', () => {
    expect(groupedConvolution(pair(300, 200, 576))).toMatchObject({
      evidence: { count: 1, layers: [{ name: 'conv_dw_quant', timeNs: 300, floatNs: 200 }] },
    });
  });

  it('by name', () => {
    expect(groupedConvolution(pair(300, 200, null, 'block1/depthwise'))).not.toBeNull();
  });

  it.each([
    ['faster in INT8', pair(150, 200, 576)],
    ['a full convolution', pair(300, 200, 9 * 64 * 64)],
    ['within the noise', pair(210, 200, 576)],
  ])('%s is none', (_name, input) => {
    expect(groupedConvolution(input)).toBeNull();
  });
});

describe('fusion-lost', () => {
  const fusedFloat = engine(layer('attention_0', ['x:fp32'], ['y:fp32'], 1500, { type: 'MultiHeadAttention' }));

  it('attention in the float engine only', () => {
    const int8Layers = engine(layer('/attention/MatMul', ['x:int8'], ['y:fp32'], 1000, { type: 'QLinearMatMul' }));
    expect(fusionLost(facts({ int8Layers, floatLayers: fusedFloat }))).toMatchObject({
      severity: 'warning',
      evidence: { lost: [{ fusion: 'attention', count: 1 }], floatShare: 0.75 },
    });
  });

  it('a Gemm with its activation is none: the INT8 Gemm takes the activation along', () => {
    const floatLayers = engine(layer('gemm', ['x:fp32'], ['y:fp32'], 1500, { type: 'FusedGemm' }));
    const int8Layers = engine(layer('gemm', ['x:int8'], ['y:int8'], 1000, { type: 'QGemm' }));
    expect(fusionLost(facts({ int8Layers, floatLayers }))).toBeNull();
  });

  it('fused in both, or a name that only sounds like it, is none', () => {
    const both = engine(
      layer('attention_0', ['x:int8'], ['y:fp32'], 1000, { type: 'QAttention', kind: 'compute' }),
      layer('a', ['x:fp32'], ['z:fp32'], 1, { type: 'Attention' }),
    );
    expect(
      fusionLost(
        facts({ int8Layers: both, floatLayers: engine(layer('b', ['x:fp32'], ['y:fp32'], 1, { type: 'Attention' })) }),
      ),
    ).toBeNull();
    const named = engine(layer('/attention/MatMul', ['x:fp32'], ['y:fp32'], 1500, { type: 'MatMul' }));
    expect(
      fusionLost(facts({ int8Layers: engine(layer('m', ['x:int8'], ['y:fp32'], 1000)), floatLayers: named })),
    ).toBeNull();
  });
});

describe('float-remainder-fp32', () => {
  const int8Layers = engine(layer('conv', ['x:int8'], ['a:fp32'], 700), layer('softmax', ['a:fp32'], ['y:fp32'], 300));

  it('FP32 beside INT8 while the float engine has FP16', () => {
    expect(floatRemainderFp32(facts({ int8Layers }))).toMatchObject({
      // Half of 300 ns saved: 2000 / 850.
      evidence: { share: 0.3, count: 1, speedupIfFp16: 2.3529 },
      advice: expect.stringContaining('--int8 --fp16'),
    });
  });

  it('uses the measured ratio of FP16 and FP32 where there is one', () => {
    const floats = { fp16: 2000, fp32: 8000 };
    // A quarter of the time is left: 225 ns saved, 2000 / 775.
    expect(floatRemainderFp32(facts({ int8Layers, floats }))?.evidence['speedupIfFp16']).toBe(2.5806);
  });

  it('is none where the float engine is FP32 too, or the rest is FP16', () => {
    expect(floatRemainderFp32(facts({ int8Layers, floatVariant: 'fp32' }))).toBeNull();
    const half = engine(layer('conv', ['x:int8'], ['a:fp16'], 700), layer('softmax', ['a:fp16'], ['y:fp16'], 300));
    expect(floatRemainderFp32(facts({ int8Layers: half }))).toBeNull();
  });
});

describe('modes', () => {
  const modes = {
    withGraphNs: null,
    withoutGraphNs: null,
    hostToDeviceNs: null,
    deviceToHostNs: null,
    computeNs: null,
  };

  it('launch-bound: more than 10 % slower without a graph', () => {
    expect(launchBound(facts({ modes: { ...modes, withGraphNs: 232, withoutGraphNs: 280 } }))?.evidence).toMatchObject({
      excess: 0.2069,
    });
    expect(launchBound(facts({ modes: { ...modes, withGraphNs: 1000, withoutGraphNs: 1100 } }))).toBeNull();
    expect(launchBound(facts())).toBeNull();
  });

  it('transfer-bound: a copy as long as computing', () => {
    const bound = transferBound(
      facts({ modes: { ...modes, computeNs: 500, hostToDeviceNs: 500, deviceToHostNs: 10 } }),
    );
    expect(bound?.evidence).toMatchObject({ direction: 'input' });
    expect(
      transferBound(facts({ modes: { ...modes, computeNs: 500, hostToDeviceNs: 499, deviceToHostNs: 10 } })),
    ).toBeNull();
    expect(transferBound(facts({ modes: { ...modes, computeNs: 500, deviceToHostNs: 900 } }))?.advice).toContain(
      'argmax',
    );
  });
});

describe('batch-too-small', () => {
  const at = (batch: number, median: number) => ({ batch, median, low: median - 0.02, high: median + 0.02 });

  it('names the best batch and the crossover', () => {
    const reason = batchTooSmall(facts({ speedup: at(1, 0.8), otherBatches: [at(4, 1.1), at(10, 1.4)] }));
    expect(reason).toMatchObject({
      severity: 'warning',
      evidence: { batch: 1, best: { batch: 10, median: 1.4 }, crossover: { above: 1, atMost: 4 } },
    });
  });

  it('is none at the largest batch, or where the intervals overlap', () => {
    expect(batchTooSmall(facts({ batch: 10, speedup: at(10, 1.4), otherBatches: [at(1, 0.8)] }))).toBeNull();
    expect(batchTooSmall(facts({ speedup: at(1, 1.2), otherBatches: [at(4, 1.23)] }))).toBeNull();
  });

  it('has no crossover where INT8 wins everywhere or loses again', () => {
    expect(crossoverOf([at(1, 1.2), at(4, 1.4)])).toBeNull();
    expect(crossoverOf([at(1, 1.2), at(4, 0.8)])).toBeNull();
    expect(crossoverOf([at(1, 0.8), at(2, 1.0), at(4, 1.2)])).toEqual({ above: 1, atMost: 4 });
  });
});

describe('cache-resident', () => {
  const mib = 2 ** 20;
  it.each([
    ['only INT8 fits', 4, 40 * mib, 12 * mib, 'warning'],
    ['both fit at batch 1', 1, 10 * mib, 4 * mib, 'info'],
    ['both fit at batch 8', 8, 10 * mib, 4 * mib, null],
    ['neither fits', 1, 400 * mib, 100 * mib, null],
  ])('%s', (_name, batch, floatBytes, int8Bytes, severity) => {
    const footprint = { floatBytes, int8Bytes, l2Bytes: 32 * mib };
    expect(cacheResident(facts({ batch, footprint }))?.severity ?? null).toBe(severity);
  });
});

describe('dynamic-overhead', () => {
  const dynamic = { ...recipeDefaults, scheme: 'dynamic-asymmetric' as const, calibrator: null };
  const layers = (rangeNs: number) =>
    engine(
      conversion('dql', 'x:fp32', 'xq:uint8', rangeNs, { type: 'DynamicQuantizeLinear' }),
      layer('mm', ['xq:uint8'], ['y:fp32'], 1000 - rangeNs, { type: 'MatMulIntegerToFloat' }),
    );

  it('ranges found at run time above 10 %', () => {
    expect(dynamicOverhead(facts({ recipe: dynamic, int8Layers: layers(200) }))?.evidence).toMatchObject({
      share: 0.2,
    });
    expect(dynamicOverhead(facts({ recipe: dynamic, int8Layers: layers(100) }))).toBeNull();
    expect(dynamicOverhead(facts({ int8Layers: layers(200) }))).toBeNull();
  });
});

describe('saturation', () => {
  const accuracy = (value: number, all: Record<string, number | null> = {}): AccuracyResult => ({
    metric: 'cosine',
    value,
    referenceValue: null,
    low: null,
    high: null,
    inputs: 16,
    reference: 'fp32',
    all,
  });
  const avx2 = { gpu: null, device: cpu(['AVX2']) };

  it('poor accuracy on AVX2 with 8-bit weights', () => {
    const reason = saturation(facts({ ...avx2, accuracy: accuracy(0.97), accuracyFails: true }));
    expect(reason).toMatchObject({
      severity: 'critical',
      evidence: { instructionSet: 'AVX2', weightBits: 8, cosine: 0.97 },
    });
    expect(reason?.advice).toContain('weightBits: 7');
    expect(saturation(facts({ ...avx2, accuracy: accuracy(0.999, { sqnr: 12 }) }))?.severity).toBe('warning');
  });

  it.each([
    ['VNNI', { gpu: null, device: cpu(['AVX2', 'AVX-VNNI']), accuracy: accuracy(0.97) }],
    ['7-bit weights', { ...avx2, accuracy: accuracy(0.97), recipe: { ...recipeDefaults, weightBits: 7 as const } }],
    ['good accuracy', { ...avx2, accuracy: accuracy(0.999) }],
    ['no accuracy', avx2],
    ['a GPU', { accuracy: accuracy(0.9) }],
  ])('none with %s', (_name, change) => {
    expect(saturation(facts(change))).toBeNull();
  });
});

describe('fallback', () => {
  const runtime = { name: 'onnxruntime-cuda' as const, version: '1.30.0', providers: ['cuda', 'cpu'] };
  const on = (name: string, provider: string, timeNs: number, type = 'Conv') =>
    layer(name, ['x:int8'], ['y:int8'], timeNs, { provider: `${provider}ExecutionProvider`, type });

  it('counts nodes elsewhere, subgraphs and copies', () => {
    const int8Layers = engine(
      on('a', 'CUDA', 300),
      on('m1', 'CUDA', 50, 'MemcpyToHost'),
      on('b', 'CPU', 300, 'QLinearConv'),
      on('c', 'CUDA', 350),
    );
    expect(fallback(facts({ runtime, int8Layers }))).toMatchObject({
      evidence: { wanted: 'cuda', nodesElsewhere: 1, nodes: 4, share: 0.3, subgraphs: 2, copies: 1 },
      advice: expect.stringContaining('QLinearConv'),
    });
  });

  it('counts them where nobody timed the layers, without a share', () => {
    const untimed = engine(on('a', 'CUDA', 0), on('b', 'CPU', 0, 'NonZero')).map((one) => ({ ...one, timeNs: null }));
    const reason = fallback(facts({ runtime, int8Layers: untimed }));
    expect(reason).toMatchObject({ evidence: { nodesElsewhere: 1, share: null, subgraphs: 1 } });
    expect(reason?.advice).toMatch(/^1 of 2 nodes ran outside the cuda provider/);
  });

  it('is none where all nodes ran there, or on a plain CPU', () => {
    expect(fallback(facts({ runtime, int8Layers: engine(on('a', 'CUDA', 300)) }))).toBeNull();
    const bundled = { runtime, device: cpu(['AVX2']), gpu: null };
    expect(fallback(facts({ ...bundled, int8Layers: engine(on('a', 'CPU', 300)) }))).toBeNull();
    const plain = { ...runtime, providers: ['cpu'] };
    expect(fallback(facts({ runtime: plain, int8Layers: engine(on('a', 'CPU', 300)) }))).toBeNull();
  });
});

describe('opaque-node', () => {
  it.each([
    ['{ForeignNode[a...z]}', 'Myelin', 410, true],
    ['{ForeignNode[a...z]}', 'Myelin', 400, false],
    [Array.from({ length: 12 }, (_, index) => `n${index}`).join(' + '), 'Fused', 900, true],
    ['conv1 + relu1', 'Convolution', 900, false],
  ])('%s %s %i', (name, type, timeNs, found) => {
    const int8Layers = engine(layer(name, ['x:int8'], ['y:int8'], timeNs, { type }));
    expect(opaqueNode(facts({ int8Layers })) !== null).toBe(found);
  });
});

describe('unstable', () => {
  const trend = { kind: 'trend' as const, statistic: 3, pValue: 0.001, message: 'The speed-up rises.' };

  it('a trend is critical, and throttling names its remedy', () => {
    const reason = unstable(facts({ stability: [trend], throttleReasons: ['sw-thermal-slowdown'] }));
    expect(reason).toMatchObject({ severity: 'critical', evidence: { throttle: ['sw-thermal-slowdown'] } });
    expect(reason?.advice).toContain('nvidia-smi -lgc');
  });

  it('most rounds void', () => {
    expect(unstable(facts({ rounds: { counted: 4, voided: 5 } }))?.severity).toBe('critical');
  });

  it.each([
    [0.026, 'warning'],
    [0.025, null],
    [null, null],
  ])('variation %s: %s', (roundVariation, severity) => {
    expect(unstable(facts({ roundVariation }))?.severity ?? null).toBe(severity);
  });

  it('an interval too wide to answer is critical, and says how wide', () => {
    expect(unstable(facts({ tooWide: 0.08 }))).toMatchObject({
      severity: 'critical',
      evidence: { halfWidth: 0.08 },
      advice: expect.stringContaining('8.0 %'),
    });
    expect(unstable(facts({ tooWide: null }))).toBeNull();
  });
});

describe('times in evidence', () => {
  it('add up to the end-to-end time where the constant does not explain a slow profile', () => {
    // 600 + 1000 + 800 less 200 each are 1800 in 900 ns: everything took twice as long under the profiler.
    const int8Layers = engine(
      layer('a', ['x:int8'], ['m:int8'], 600),
      layer('mul', ['m:fp32'], ['n:fp32'], 1000, { type: 'Mul' }),
      layer('b', ['n:int8'], ['y:int8'], 800),
    );
    const slow = times({
      int8EndToEndNs: 900,
      tInt8Ns: 900,
      layerOverheadNs: 200,
      int8Parts: { int8Ns: 500, floatNs: 400, conversionNs: 0, overheadNs: 0 },
    });
    const reason = floatRemainder(facts({ int8Layers, times: { ...slow, tFloatNs: 900 } }));
    expect(reason?.evidence).toMatchObject({ byType: [{ type: 'Mul', timeNs: 400 }], layers: [{ timeNs: 400 }] });
  });
});

describe('every reason', () => {
  it('has an id, evidence without NaN, and advice that ends', () => {
    const all = [
      noInt8Hardware(facts({ gpu: sm('6.2') })),
      unstable(facts({ roundVariation: 0.03 })),
      launchBound(
        facts({
          modes: { withGraphNs: 1, withoutGraphNs: 2, hostToDeviceNs: null, deviceToHostNs: null, computeNs: null },
        }),
      ),
    ];
    for (const reason of all) {
      expect(JSON.stringify(reason)).not.toMatch(/NaN|undefined/);
      expect(reason?.advice).toMatch(/\.$/);
    }
  });
});
