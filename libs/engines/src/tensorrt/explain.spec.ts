import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noExports, type EngineExports } from './engine-exports.js';
import { explain, type Explanation } from './explain.js';

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/trtexec');
const read = (path: string): string => readFileSync(join(fixtures, path), 'utf8');
const exportsOf = (path: string): EngineExports => ({
  ...noExports,
  layers: read(`${path}/layers.json`),
  profile: read(`${path}/profile.json`),
  times: read(`${path}/times.json`),
});

function explained(int8: EngineExports, float: EngineExports | null): Explanation {
  const answer = explain(int8, float);
  if (answer.status !== 'explained') throw new Error(answer.status);
  return answer;
}

describe('the A100 pair', () => {
  const folder = 'trt-engine-explorer/a100-resnet18_b32';
  const fp16 = exportsOf(`${folder}/fp16`);

  it('is slower without residual quantisation, because of ten quantising layers', () => {
    const answer = explained(exportsOf(`${folder}/int8-qdq`), fp16);
    expect(answer.verdict).toBe('slower');
    expect(answer.gainNs).toBe(858_109 - 882_683);
    expect(answer.speedup?.median).toBeCloseTo(858_109 / 882_683, 9);
    expect(answer.floatVariant).toBe('fp16');
    expect(answer.layers.filter((layer) => layer.class === 'quantize')).toHaveLength(10);
    // By bisection outside this program: c = 6085.63 ns over 35 timed layers, the ten quantising ones keep 171,591.71 ns.
    expect(answer.times).toMatchObject({ layerOverheadNs: 6086, tQuantNs: 171_592, tDequantNs: 0 });
    const conversions = answer.reasons.find((reason) => reason.id === 'conversions-dominate');
    expect(conversions?.advice).toMatch(/residual|Q\/DQ|quanti/i);
  });

  it('pays with residual quantisation', () => {
    const answer = explained(exportsOf(`${folder}/int8-qdq-residual`), fp16);
    expect(answer.verdict).toBe('worth-it');
    expect(answer.speedup?.median).toBeCloseTo(858_109 / 545_792, 5);
    expect(answer.times).toMatchObject({ layerOverheadNs: 7424, tQuantNs: 87_808 });
  });
});

describe('the H200 recordings', () => {
  it('names an INT8 engine that ran none', () => {
    const answer = explained(exportsOf('8.5.3/conv16_1024/int8-implicit'), exportsOf('8.5.3/conv16_1024/fp16'));
    expect(answer.int8TimeShare).toBe(0);
    expect(answer.times.int8Parts?.int8Ns).toBe(0);
    expect(answer.verdict).toBe('not-worth-it');
    expect(answer.reasons.map((reason) => reason.id)).toContain('int8-not-used');
  });

  it('finds INT8 slower for thin convolutions and worth it for a wide MLP', () => {
    const conv = exportsOf('8.5.3/conv16_1024/fp16');
    expect(explained(exportsOf('8.5.3/conv16_1024/int8-only'), conv).verdict).toBe('slower');
    expect(explained(exportsOf('8.5.3/conv16_1024/int8-qdq'), conv).verdict).toBe('slower');
    const mlp = exportsOf('8.5.3/mlp4096_b1/fp16');
    expect(explained(exportsOf('8.5.3/mlp4096_b1/int8-qdq'), mlp).verdict).toBe('worth-it');
    expect(explained(exportsOf('8.5.3/mlp4096_b1/int8-implicit'), mlp).verdict).toBe('worth-it');
  });

  it('takes the device, the version and the end-to-end time from a log', () => {
    const path = '8.5.3/resnet50_b1/int8-implicit';
    const answer = explained({ ...exportsOf(path), times: null, log: read(`${path}/run.log`) }, null);
    expect(answer.device).toEqual({ name: 'NVIDIA H200', architecture: 'sm_90' });
    expect(answer.runtime.version).toBe('8.5.3');
    expect(answer.endToEndSource).toBe('log');
    expect(answer.times.int8EndToEndNs).toBe(231_750);
    expect(answer.kernels[0]).toMatchObject({ sm: 80, unit: 'tensor-core', operand: 'int8' });
    expect(answer).toMatchObject({ gainNs: null, speedup: null, verdict: null });
  });

  it('prefers times over the log, and sums the layers with neither', () => {
    const path = '8.5.3/mlp4096_b1/int8-qdq';
    const both = explained({ ...exportsOf(path), log: read('8.5.3/mlp4096_b1/fp16/run.log') }, null);
    expect(both.endToEndSource).toBe('times');
    const neither = explained({ ...exportsOf(path), times: null }, null);
    expect(neither.endToEndSource).toBe('layers');
    expect(neither.times.layerSumRatio).toBeNull();
    expect(neither.times.layerOverheadNs).toBe(0);
    expect(neither.times.int8EndToEndNs).toBe(neither.layers.reduce((sum, layer) => sum + (layer.timeNs ?? 0), 0));
  });

  it('sees launching dominate where a run without graph is given', () => {
    const path = '8.5.3/resnet50_b1/int8-implicit';
    const answer = explained({ ...exportsOf(path), timesWithoutGraph: read(`${path}/times-no-graph.json`) }, null);
    expect(answer.reasons.map((reason) => reason.id)).toContain('launch-bound');
  });
});

describe('builds that did not end', () => {
  it.each(['resnet50_b1', 'resnet50_b1-shared-bias'])('%s', (model) => {
    expect(explain({ ...noExports, log: read(`8.5.3/${model}/int8-qdq/build.log`) }, null)).toMatchObject({
      status: 'build-incomplete',
      version: '8.5.3',
      lastLines: expect.arrayContaining([expect.stringContaining('timing cache in use')]),
    });
  });

  it('refuses a failed run and missing layers with what to do', () => {
    const log = read('8.5.3/resnet50_b1-shared-bias/int8-qdq/run.log');
    expect(() => explain({ ...noExports, log }, null)).toThrow(expect.objectContaining({ code: 'run-failed' }));
    expect(() => explain(noExports, null)).toThrow(expect.objectContaining({ code: 'exports-missing' }));
    expect(() => explain({ ...noExports, log: 'hello' }, null)).toThrow(
      expect.objectContaining({ code: 'exports-missing' }),
    );
  });
});
