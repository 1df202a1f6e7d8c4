import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataType, EngineLayer, LayerTensor } from '../layer.js';
import { classify, constantLayerCost, int8TimeShare, splitTimes, type TimeParts } from './index.js';

const tensor = (name: string, dataType: DataType, format: string | null = 'linear'): LayerTensor => ({
  name,
  dataType,
  format,
  dims: [1],
});

function layer(
  kind: EngineLayer['kind'],
  input: LayerTensor | LayerTensor[],
  output: LayerTensor | LayerTensor[],
  timeNs: number | null = 1000,
): EngineLayer {
  const outputs = [output].flat();
  return {
    name: `to ${outputs[0]?.name}`,
    type: 'any',
    kind,
    inputs: [input].flat(),
    outputs,
    timeNs,
    kernel: null,
    provider: null,
    weightBytes: null,
  };
}

const classesOf = (layers: EngineLayer[]) => classify(layers).map((classed) => classed.class);

describe('a profile that ran slower than its profiler explains', () => {
  const layers = classify([
    layer('conversion', tensor('x', 'fp32'), tensor('q', 'uint8'), 10_000),
    layer('compute', tensor('q', 'uint8'), tensor('y', 'uint8'), 300_000),
  ]);

  it('keeps the small layers: the cost is bounded, the rest is scaled', () => {
    // c would be 20 us (10 - 20 < 0). Bounded at 4 us: (6 + 296) us for 280 us, so 6 us * 280 / 302.
    expect(splitTimes(layers, 280_000)?.tQuantNs).toBe(0);
    expect(splitTimes(layers, 280_000, 4000)).toMatchObject({
      layerOverheadNs: 4000,
      tQuantNs: 5563,
      tInt8Ns: 274_437,
    });
  });

  it('changes nothing where the cost is plausible', () => {
    expect(splitTimes(layers, 304_000, 4000)).toEqual(splitTimes(layers, 304_000));
  });
});

describe('classify', () => {
  it('knows a kernel that quantises, multiplies and dequantises inside as INT8 with both conversions fused', () => {
    const [dynamic] = classify([
      { ...layer('compute', tensor('x', 'fp32'), tensor('y', 'fp32')), type: 'DynamicQuantizeMatMul' },
    ]);
    expect(dynamic).toMatchObject({ class: 'int8', fusedQuantize: true, fusedDequantize: true });
    const split = splitTimes([dynamic!], 1000)!;
    expect(split).toMatchObject({ tQuantNs: 0, tDequantNs: 0, fused: { quantize: 1, dequantize: 1 } });
    expect(split.int8Parts).toMatchObject({ int8Ns: 1000, floatNs: 0 });
  });

  it.each<[DataType, string, DataType, string, string]>([
    ['fp32', 'a', 'int8', 'b', 'quantize'],
    ['fp16', 'a', 'uint8', 'a', 'quantize'],
    ['bf16', 'a', 'int8', 'a', 'quantize'],
    ['int8', 'a', 'fp16', 'b', 'dequantize'],
    ['uint8', 'a', 'fp32', 'a', 'dequantize'],
    ['fp32', 'a', 'fp16', 'b', 'cast'],
    ['fp32', 'a', 'tf32', 'a', 'copy'],
    ['int64', 'a', 'int32', 'a', 'cast'],
    ['fp16', 'a', 'fp16', 'b', 'layout'],
    ['int8', 'a', 'int8', 'b', 'layout'],
    ['int8', 'a', 'int8', 'a', 'copy'],
  ])('reads a conversion from %s %s to %s %s as %s', (from, fromFormat, to, toFormat, expected) => {
    expect(classesOf([layer('conversion', tensor('x', from, fromFormat), tensor('y', to, toFormat))])).toEqual([
      expected,
    ]);
  });

  it('never calls computing a conversion, whatever its types', () => {
    expect(
      classesOf([
        layer('compute', tensor('x', 'fp32'), tensor('a', 'int8')),
        layer('compute', tensor('x', 'int8'), tensor('b', 'fp32')),
        layer('compute', [tensor('x', 'fp16'), tensor('y', 'uint8')], tensor('c', 'fp16')),
        layer('compute', tensor('x', 'fp16'), tensor('d', 'fp16')),
        layer('noop', tensor('x', 'fp32'), tensor('e', 'int8')),
      ]),
    ).toEqual(['float', 'int8', 'int8', 'float', 'noop']);
  });

  it('marks conversions fused into computing layers', () => {
    const fused = classify([
      layer('compute', tensor('x', 'fp32'), tensor('a', 'int8')),
      layer('compute', tensor('x', 'int8'), tensor('b', 'fp32')),
      layer('compute', [tensor('x', 'int8'), tensor('r', 'fp16')], tensor('c', 'int8')),
      layer('compute', tensor('x', 'int8'), tensor('d', 'int32')),
      layer('conversion', tensor('x', 'fp32'), tensor('e', 'int8')),
    ]);
    expect(fused.map((l) => [l.fusedQuantize, l.fusedDequantize])).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [false, false],
      [false, false],
    ]);
  });

  it('chains layout changes to the conversion they touch, through layers without work', () => {
    const chained = classify([
      layer('conversion', tensor('x', 'fp32', 'a'), tensor('x2', 'fp32', 'b')),
      layer('conversion', tensor('x2', 'fp32', 'b'), tensor('q', 'int8', 'b')),
      layer('noop', tensor('q', 'int8', 'b'), tensor('q2', 'int8', 'b')),
      layer('conversion', tensor('q2', 'int8', 'b'), tensor('q3', 'int8', 'c')),
      layer('compute', tensor('q3', 'int8', 'c'), tensor('y', 'int8', 'c')),
      layer('conversion', tensor('y', 'int8', 'c'), tensor('y2', 'int8', 'a')),
      layer('conversion', tensor('y2', 'int8', 'a'), tensor('z', 'fp32', 'a')),
    ]);
    expect(chained.map((l) => l.chainedTo)).toEqual(['quantize', null, null, 'quantize', null, 'dequantize', null]);
  });

  it('leaves a layout change alone that a computing layer wants too, and one between computing layers', () => {
    const chained = classify([
      layer('conversion', tensor('x', 'fp32', 'a'), tensor('x2', 'fp32', 'b')),
      layer('conversion', tensor('x2', 'fp32', 'b'), tensor('q', 'int8', 'b')),
      layer('compute', tensor('x2', 'fp32', 'b'), tensor('y', 'fp32', 'b')),
      layer('conversion', tensor('y', 'fp32', 'b'), tensor('y2', 'fp32', 'a')),
      layer('compute', tensor('y2', 'fp32', 'a'), tensor('z', 'fp32', 'a')),
    ]);
    expect(chained.map((l) => l.chainedTo)).toEqual([null, null, null, null, null]);
  });
});

describe('constantLayerCost', () => {
  it('solves a case made by hand', () => {
    // 100 + 50 + 3 = 153 over 140: with c = 5 the 3 is gone and 95 + 45 = 140 remain.
    expect(constantLayerCost([3, 100, 50], 140)).toBe(5);
    expect(constantLayerCost([100, 50, 10], 151)).toBe(3);
    expect(constantLayerCost([100, 50], 200)).toBe(0);
    expect(constantLayerCost([], 200)).toBe(0);
  });
});

describe('splitTimes', () => {
  const small = classify([
    layer('conversion', tensor('x', 'fp32', 'a'), tensor('q', 'int8', 'a'), 20_000),
    layer('conversion', tensor('q', 'int8', 'a'), tensor('q2', 'int8', 'b'), 12_000),
    layer('compute', tensor('q2', 'int8', 'b'), tensor('y', 'int8', 'b'), 102_000),
    layer('compute', tensor('y', 'int8', 'b'), tensor('z', 'fp16', 'b'), 52_000),
    layer('compute', tensor('z', 'fp16', 'b'), tensor('w', 'fp16', 'b'), 32_000),
    layer('conversion', tensor('w', 'fp16', 'b'), tensor('out', 'fp32', 'a'), 7_000),
    layer('noop', tensor('out', 'fp32', 'a'), tensor('out2', 'fp32', 'a'), null),
  ]);

  it('takes the constant cost off each layer', () => {
    // 225,000 over six layers against 213,000 end to end: 2,000 each.
    expect(splitTimes(small, 213_000)).toEqual({
      tQuantNs: 28_000,
      tDequantNs: 0,
      tInt8Ns: 185_000,
      int8Parts: { int8Ns: 150_000, floatNs: 30_000, conversionNs: 5_000, overheadNs: 0 },
      layerOverheadNs: 2_000,
      layerSumRatio: 225 / 213,
      fused: { quantize: 0, dequantize: 1 },
      chainedLayout: { quantizeNs: 10_000, dequantizeNs: 0 },
      proportional: {
        tQuantNs: 30_293,
        tDequantNs: 0,
        tInt8Ns: 182_707,
        // 154,000 x 213/225 = 145,786.67, 32,000 x 213/225 = 30,293.33, 7,000 x 213/225 = 6,626.67 and the residue to INT8
        int8Parts: { int8Ns: 145_787, floatNs: 30_293, conversionNs: 6_627, overheadNs: 0 },
      },
    });
  });

  it('shows time in no layer as overhead', () => {
    const split = splitTimes(small, 300_000);
    expect(split?.layerOverheadNs).toBe(0);
    expect(split?.int8Parts.overheadNs).toBe(75_000);
    expect(split?.tQuantNs).toBe(32_000);
    expect(split?.proportional.int8Parts.overheadNs).toBe(75_000);
  });

  it('knows nothing without timed layers, and refuses a time that is none', () => {
    expect(splitTimes(classify([layer('compute', [], [], null)]), 1000)).toBeNull();
    expect(() => splitTimes(small, 0)).toThrow(/positive number of nanoseconds/);
    expect(() => splitTimes(small, Number.NaN)).toThrow(/positive number of nanoseconds/);
  });

  it('shows no INT8 time for an engine without INT8 layers', () => {
    const float = classify(
      [1, 2, 4].map((timeNs) => layer('compute', tensor('x', 'fp16'), tensor('y', 'fp16'), timeNs)),
    );
    expect(splitTimes(float, 5)?.int8Parts).toEqual({ int8Ns: 0, floatNs: 5, conversionNs: 0, overheadNs: 0 });
  });
});

const types: DataType[] = ['fp32', 'fp16', 'bf16', 'int8', 'uint8', 'int32', 'other'];
const anyTensor = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  dataType: fc.constantFrom(...types),
  format: fc.constantFrom('linear', 'chw32', null),
  dims: fc.constant(null),
});
const anyLayer: fc.Arbitrary<EngineLayer> = fc.record({
  name: fc.string(),
  type: fc.string(),
  kind: fc.constantFrom<EngineLayer['kind']>('compute', 'conversion', 'noop'),
  inputs: fc.array(anyTensor, { maxLength: 3 }),
  outputs: fc.array(anyTensor, { maxLength: 2 }),
  timeNs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
  kernel: fc.constant(null),
  provider: fc.constant(null),
  weightBytes: fc.constant(null),
});

describe('any engine', () => {
  const engine = fc.array(anyLayer, { minLength: 1, maxLength: 40 });
  const endToEnd = fc.integer({ min: 1, max: 2e9 });

  it('adds up to the nanosecond, with no negative part', () => {
    fc.assert(
      fc.property(engine, endToEnd, (layers, endToEndNs) => {
        const split = splitTimes(classify(layers), endToEndNs);
        if (split === null) return layers.every((each) => each.timeNs === null);
        for (const parts of [split, split.proportional]) expectExact(parts, endToEndNs);
        return true;
      }),
    );
  });

  it('finds a cost that explains the end-to-end time', () => {
    const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(times, fc.double({ min: 1, max: 1e6, noNaN: true }), (layerTimes, total) => {
        const cost = constantLayerCost(layerTimes, total);
        const left = layerTimes.reduce((sum, time) => sum + Math.max(time - cost, 0), 0);
        expect(cost).toBeGreaterThanOrEqual(0);
        if (cost > 0) expect(left).toBeCloseTo(total, 3);
        else expect(left).toBeLessThanOrEqual(total * (1 + 1e-9));
      }),
    );
  });

  it('computing layers are int8 or float, and never fused both ways; the share stays in 0..1', () => {
    fc.assert(
      fc.property(engine, (layers) => {
        const classed = classify(layers);
        for (const each of classed) {
          if (each.kind === 'compute') expect(['int8', 'float']).toContain(each.class);
          expect(each.fusedQuantize && each.fusedDequantize).toBe(false);
          if (each.chainedTo !== null) expect(each.class).toBe('layout');
        }
        const share = int8TimeShare(classed);
        if (share !== null) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('handles 50,000 layers quickly', () => {
    const layers = Array.from({ length: 50_000 }, (_, index) =>
      layer('compute', tensor(`t${index}`, 'int8'), tensor(`t${index + 1}`, 'int8'), 3000 + (index % 700)),
    );
    const started = performance.now();
    expect(splitTimes(classify(layers), 50_000_000)?.tInt8Ns).toBe(50_000_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

function expectExact(parts: TimeParts, endToEndNs: number): void {
  const { int8Ns, floatNs, conversionNs, overheadNs } = parts.int8Parts;
  expect(parts.tQuantNs + parts.tInt8Ns + parts.tDequantNs).toBe(endToEndNs);
  expect(int8Ns + floatNs + conversionNs + overheadNs).toBe(parts.tInt8Ns);
  for (const part of [int8Ns, floatNs, conversionNs, overheadNs, parts.tQuantNs, parts.tDequantNs]) {
    expect(Number.isSafeInteger(part)).toBe(true);
    expect(part).toBeGreaterThanOrEqual(0);
  }
}
