import { describe, expect, it } from 'vitest';
import { parseAccuracy, parseShape, parseTrialOptions } from './trial-options.js';

describe('parseTrialOptions', () => {
  it('fills in what bench measures by default', () => {
    const options = parseTrialOptions({});
    expect(options).toMatchObject({
      batches: null,
      floats: ['fp32'],
      runtime: 'onnxruntime',
      threads: null,
      data: null,
    });
    expect(options.recipes).toEqual([
      {
        scheme: 'static-symmetric',
        calibrator: 'max',
        weightBits: 8,
        granularity: 'per-channel',
        exclude: [],
        placement: 'explicit',
      },
    ]);
    expect(options.plan.threshold).toBe(1.05);
  });

  it('makes no recipe without int8', () => {
    expect(parseTrialOptions({ variants: 'fp32' }).recipes).toEqual([]);
  });

  it('crosses schemes with calibrators, dynamic ones having none', () => {
    const { recipes } = parseTrialOptions({ scheme: 'static-symmetric,dynamic-asymmetric', calibrator: 'max,entropy' });
    expect(recipes.map((recipe) => 'scheme' in recipe && [recipe.scheme, recipe.calibrator])).toEqual([
      ['static-symmetric', 'max'],
      ['static-symmetric', 'entropy'],
      ['dynamic-asymmetric', null],
    ]);
  });

  it('hands on whether biases are corrected, to the recipes whose biases it writes', () => {
    const raw = { placement: 'explicit,implicit', biasCorrection: true };
    const { recipes } = parseTrialOptions(raw);
    expect(recipes.map((recipe) => 'scheme' in recipe && recipe.biasCorrection)).toEqual([true, undefined]);
  });

  it.each([
    [{ variants: 'int4' }, '--variants'],
    [{ batch: '0' }, '--batch'],
    [{ batch: '1.5' }, '--batch'],
    [{ threads: 'two' }, '--threads'],
    [{ threshold: '-1' }, '--threshold'],
    [{ maxSeconds: '' }, '--max-seconds'],
    [{ scheme: 'magic' }, 'static-symmetric'],
    [{ runtime: 'tvm' }, 'onnxruntime, tensorrt'],
    [{ weightBits: '4' }, 'from 7 to 8'],
  ])('refuses %j and says what is taken', (raw, part) => {
    expect(() => parseTrialOptions(raw)).toThrowError(part);
  });
});

describe('parseShape', () => {
  it.each([
    ['x=1x3x48x320', ['x', [1, 3, 48, 320]]],
    ['input.1:1,3,8', ['input.1', [1, 3, 8]]],
    ['x=batchx3', ['x', ['batch', 3]]],
    ['x=4', ['x', [4]]],
  ])('reads %s', (text, expected) => expect(parseShape(text)).toEqual(expected));

  it.each(['x', 'x=', '=1x2', 'x=1xax3', 'x=-1x3'])('refuses %s', (text) =>
    expect(() => parseShape(text)).toThrowError('--shape'),
  );
});

describe('parseAccuracy', () => {
  it('reads floors and drops', () => {
    expect(parseAccuracy('cosine>=0.99')).toEqual({ metric: 'cosine', atLeast: 0.99 });
    expect(parseAccuracy('top1<=0.01')).toEqual({ metric: 'top1', maxDrop: 0.01 });
  });
  it.each(['cosine<=0.99', 'top1>=0.5', 'wer>=1'])('refuses %s', (text) =>
    expect(() => parseAccuracy(text)).toThrowError('--accuracy'),
  );
});
