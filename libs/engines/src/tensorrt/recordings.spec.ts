import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classify, int8TimeShare, median, splitTimes, type ClassedLayer, type LayerClass } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { joinLayers } from './join-layers.js';
import { parseLayerInformation } from './layer-information.js';
import { parseLayerProfile } from './layer-profile.js';
import { parseRunTimes } from './run-times.js';
import { parseTrtexecLog } from './trtexec-log.js';

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/trtexec');
const read = (path: string): string => readFileSync(join(fixtures, path), 'utf8');

function engine(path: string): { layers: ClassedLayer[]; endToEndNs: number } {
  const information = parseLayerInformation(read(`${path}/layers.json`));
  const layers = classify(joinLayers(information, parseLayerProfile(read(`${path}/profile.json`))));
  return { layers, endToEndNs: Math.round(median(parseRunTimes(read(`${path}/times.json`)).computeNs)) };
}

/** Sums of profile medians by class in us, added up by hand from profile.json and layers.json of each recording. */
interface ByHand {
  path: string;
  layers: number;
  endToEndUs: number;
  sumUs: number;
  classUs: Partial<Record<LayerClass, number>>;
}

const byHand: ByHand[] = [
  {
    path: '8.5.3/conv16_1024/fp16',
    layers: 9,
    endToEndUs: 450.721,
    sumUs: 484.288,
    classUs: { cast: 54.112, float: 430.176 },
  },
  {
    path: '8.5.3/conv16_1024/int8-implicit',
    layers: 9,
    endToEndUs: 449.41,
    sumUs: 486.512,
    classUs: { cast: 55.84, float: 430.672 },
  },
  {
    path: '8.5.3/conv16_1024/int8-only',
    layers: 8,
    endToEndUs: 610.046,
    sumUs: 638.08,
    classUs: { quantize: 82.528, int8: 555.552 },
  },
  {
    path: '8.5.3/conv16_1024/int8-qdq',
    layers: 10,
    endToEndUs: 671.471,
    sumUs: 703.328,
    classUs: { quantize: 13.024, layout: 44.256, int8: 526.944, dequantize: 119.104 },
  },
  {
    path: '8.5.3/mlp4096_b1/fp16',
    layers: 12,
    endToEndUs: 94.238,
    sumUs: 118.816,
    classUs: { noop: 0, cast: 10.528, float: 108.288 },
  },
  {
    path: '8.5.3/mlp4096_b1/fp32',
    layers: 9,
    endToEndUs: 118.789,
    sumUs: 136.352,
    classUs: { noop: 0, float: 136.352 },
  },
  {
    path: '8.5.3/mlp4096_b1/int8-implicit',
    layers: 11,
    endToEndUs: 70.343,
    sumUs: 93.184,
    classUs: { noop: 0, quantize: 7.84, int8: 80.928, float: 4.416 },
  },
  {
    path: '8.5.3/mlp4096_b1/int8-qdq',
    layers: 12,
    endToEndUs: 69.275,
    sumUs: 91.36,
    classUs: { quantize: 7.04, noop: 0, int8: 80.448, dequantize: 3.872 },
  },
  { path: '8.5.3/mlp4096_b1/tf32', layers: 9, endToEndUs: 118.683, sumUs: 136.8, classUs: { noop: 0, float: 136.8 } },
  {
    path: '8.5.3/resnet50_b1-shared-bias/fp16',
    layers: 154,
    endToEndUs: 405.502,
    sumUs: 740.528,
    classUs: { noop: 0, cast: 8, float: 504.608, copy: 227.92 },
  },
  {
    path: '8.5.3/resnet50_b1-shared-bias/fp32',
    layers: 156,
    endToEndUs: 1693.39,
    sumUs: 2037.568,
    classUs: { noop: 0, float: 1829.632, copy: 201.248, layout: 6.688 },
  },
  {
    path: '8.5.3/resnet50_b1-shared-bias/int8-implicit',
    layers: 153,
    endToEndUs: 392.533,
    sumUs: 712.192,
    classUs: { noop: 0, copy: 200.448, quantize: 7.104, int8: 7.616, dequantize: 4.288, float: 488.512, cast: 4.224 },
  },
  {
    path: '8.5.3/resnet50_b1-shared-bias/tf32',
    layers: 155,
    endToEndUs: 563.95,
    sumUs: 842.176,
    classUs: { noop: 0, float: 659.52, copy: 176.704, layout: 5.952 },
  },
  {
    path: '8.5.3/resnet50_b1/fp16',
    layers: 59,
    endToEndUs: 368.621,
    sumUs: 532.384,
    classUs: { cast: 13.472, float: 518.912, noop: 0 },
  },
  {
    path: '8.5.3/resnet50_b1/int8-implicit',
    layers: 58,
    endToEndUs: 231.75,
    sumUs: 388.16,
    classUs: { quantize: 7.52, int8: 380.64, noop: 0 },
  },
  {
    path: 'trt-engine-explorer/a100-resnet18_b32/fp16',
    layers: 36,
    endToEndUs: 858.109,
    sumUs: 1016.832,
    classUs: { cast: 88.064, float: 928.768, noop: 0 },
  },
  {
    path: 'trt-engine-explorer/a100-resnet18_b32/int8-qdq',
    layers: 37,
    endToEndUs: 882.683,
    sumUs: 1095.68,
    classUs: { quantize: 232.448, int8: 710.656, float: 106.496, cast: 36.864, layout: 9.216, noop: 0 },
  },
  {
    path: 'trt-engine-explorer/a100-resnet18_b32/int8-qdq-residual',
    layers: 26,
    endToEndUs: 545.792,
    sumUs: 731.136,
    classUs: { quantize: 102.4, int8: 606.208, dequantize: 13.312, float: 9.216, noop: 0 },
  },
  {
    path: 'trt-engine-explorer/rtx3090-resnet50_b32/fp16',
    layers: 86,
    endToEndUs: 4013.06,
    sumUs: 4272.736,
    classUs: { copy: 87.04, cast: 47.296, float: 4138.4, noop: 0 },
  },
  {
    path: 'trt-engine-explorer/rtx3090-resnet50_b32/int8-qdq',
    layers: 63,
    endToEndUs: 2197.51,
    sumUs: 2380.608,
    classUs: { float: 89.92, quantize: 33.792, copy: 75.776, int8: 2176, layout: 5.12, noop: 0 },
  },
];

describe.each(byHand)('$path', ({ path, layers: count, endToEndUs, sumUs, classUs }) => {
  const { layers, endToEndNs } = engine(path);

  it('reads as the sums made by hand', () => {
    expect(layers).toHaveLength(count);
    expect(endToEndNs / 1000).toBeCloseTo(endToEndUs, 2);
    const sums: Partial<Record<LayerClass, number>> = {};
    for (const layer of layers) sums[layer.class] = (sums[layer.class] ?? 0) + (layer.timeNs ?? 0) / 1000;
    const rounded = Object.fromEntries(Object.entries(sums).map(([name, us]) => [name, Number(us.toFixed(3))]));
    expect(rounded).toEqual(classUs);
    expect(Object.values(sums).reduce((total, us) => total + us, 0)).toBeCloseTo(sumUs, 2);
  });

  it('splits to the nanosecond, with a constant cost that explains the end-to-end time', () => {
    const split = splitTimes(layers, endToEndNs);
    if (split === null) throw new Error('every recording has a profile');
    const { int8Ns, floatNs, conversionNs, overheadNs } = split.int8Parts;
    expect(split.tQuantNs + split.tInt8Ns + split.tDequantNs).toBe(endToEndNs);
    expect(int8Ns + floatNs + conversionNs + overheadNs).toBe(split.tInt8Ns);
    expect(split.layerSumRatio).toBeCloseTo(sumUs / endToEndUs, 4);
    const left = layers.reduce((total, layer) => total + Math.max((layer.timeNs ?? 0) - split.layerOverheadNs, 0), 0);
    expect(Math.abs(left - Math.min(endToEndNs, sumUs * 1000))).toBeLessThanOrEqual(layers.length);
  });
});

describe('what the recordings show', () => {
  it('finds the cost of a profiled layer between 2.4 and 4.2 us on the H200', () => {
    for (const { path } of byHand.filter((each) => each.path.startsWith('8.5.3/'))) {
      const { layers, endToEndNs } = engine(path);
      const cost = splitTimes(layers, endToEndNs)?.layerOverheadNs ?? 0;
      expect(cost, path).toBeGreaterThan(2400);
      expect(cost, path).toBeLessThan(4200);
    }
  });

  it('names an engine built for INT8 that runs none', () => {
    expect(int8TimeShare(engine('8.5.3/conv16_1024/int8-implicit').layers)).toBe(0);
    expect(int8TimeShare(engine('8.5.3/conv16_1024/int8-only').layers)).toBeGreaterThan(0.8);
    expect(int8TimeShare(engine('8.5.3/resnet50_b1-shared-bias/int8-implicit').layers)).toBeLessThan(0.05);
  });

  it('counts ten quantising layers in the Q/DQ ResNet-18 without residual quantisation, 2 with it', () => {
    const quantising = (path: string) => engine(path).layers.filter((layer) => layer.class === 'quantize').length;
    expect(quantising('trt-engine-explorer/a100-resnet18_b32/int8-qdq')).toBe(10);
    expect(quantising('trt-engine-explorer/a100-resnet18_b32/int8-qdq-residual')).toBe(2);
  });

  it('counts the layout change behind an explicit quantise as quantising, as implicit INT8 does in one layer', () => {
    const explicit = engine('8.5.3/conv16_1024/int8-qdq');
    const implicit = engine('8.5.3/conv16_1024/int8-only');
    expect(explicit.layers.map((layer) => layer.chainedTo)[1]).toBe('quantize');
    const [q, share] = [
      splitTimes(explicit.layers, explicit.endToEndNs),
      splitTimes(implicit.layers, implicit.endToEndNs),
    ];
    // by hand: 13.024 + 44.256 - 2c against 82.528 - c
    expect(q?.tQuantNs).toBe(Math.round(57_280 - 2 * costOf(explicit)));
    expect(q?.chainedLayout.quantizeNs).toBe(Math.round(44_256 - costOf(explicit)));
    expect(share?.tQuantNs).toBe(Math.round(82_528 - costOf(implicit)));
    expect(share?.fused).toEqual({ quantize: 0, dequantize: 1 });
  });
});

/** c of an engine all of whose timed layers cost more than c: (sum - end to end) / layers. */
function costOf({ layers, endToEndNs }: ReturnType<typeof engine>): number {
  const timed = layers.filter((layer) => (layer.timeNs ?? 0) > 0);
  return (timed.reduce((total, layer) => total + (layer.timeNs ?? 0), 0) - endToEndNs) / timed.length;
}

describe('logs', () => {
  it('reads a run', () => {
    const log = parseTrtexecLog(read('8.5.3/mlp4096_b1/fp16/run.log'));
    expect(log).toMatchObject({
      outcome: 'passed',
      version: '8.5.3',
      device: { name: 'NVIDIA H200', computeCapability: '9.0', memoryMiB: 143155 },
      throughputPerSecond: 10473.9,
      gpuCompute: { minNs: 92285, maxNs: 96069, meanNs: 94149, medianNs: 94238 },
      cudaGraph: true,
      dataTransfers: false,
      errors: [],
    });
  });

  it('reads a build whose timing cache was rejected', () => {
    const log = parseTrtexecLog(read('8.5.3/conv16_1024/int8-qdq/build.log'));
    expect(log).toMatchObject({ outcome: 'passed', buildNs: 7_717_270_000, timingCache: 'rejected' });
    expect(log.errors.some((line) => line.includes('The timing cache will not be used'))).toBe(true);
  });

  it.each(['resnet50_b1', 'resnet50_b1-shared-bias'])('knows that the Q/DQ build of %s did not end', (model) => {
    const log = parseTrtexecLog(read(`8.5.3/${model}/int8-qdq/build.log`));
    expect(log.outcome).toBe('incomplete');
    expect(log.lastLines.at(-1)).toContain('timing cache in use');
  });

  it('knows a failed run and a foreign log', () => {
    const failed = parseTrtexecLog(read('8.5.3/resnet50_b1-shared-bias/int8-qdq/run.log'));
    expect(failed.outcome).toBe('failed');
    expect(failed.errors).toContain('Engine set up failed');
    expect(parseTrtexecLog('hello').outcome).toBe('foreign');
  });
});
