import { describe, expect, it } from 'vitest';
import { buildArguments, mainMode, runArguments, type BuildPlan, type RunPlan } from './command-line.js';
import { dialectOf, isRefusal, type Dialect } from './dialect.js';

function dialect(version: string): Dialect {
  const found = dialectOf(version);
  if (isRefusal(found)) throw new Error(found.message);
  return found;
}

const build: BuildPlan = {
  modelPath: 'm.onnx',
  enginePath: 'e.plan',
  variant: 'fp32',
  typedModel: false,
  int8: null,
  shapes: null,
  deviceIndex: null,
  dlaCore: null,
  timingCachePath: null,
  builderOptimizationLevel: null,
  plugins: [],
  tacticSources: null,
  inputFormats: [],
  outputFormats: [],
};
const run: RunPlan = {
  enginePath: 'e.plan',
  mode: mainMode,
  warmUpMs: 200,
  durationMs: 500,
  iterations: 10,
  inputs: {},
  shapes: null,
  deviceIndex: null,
  dlaCore: null,
  plugins: [],
  exportTimes: null,
  exportOutput: null,
  profile: null,
};
const explicit = { placement: 'explicit', calibrationCachePath: null, rest: 'fp16' } as const;
const implicit = { placement: 'implicit', calibrationCachePath: 'c.cache', rest: 'fp16' } as const;

const built = (version: string, plan: Partial<BuildPlan>) => buildArguments({ ...build, ...plan }, dialect(version));
const ran = (version: string, plan: Partial<RunPlan>) => runArguments({ ...run, ...plan }, dialect(version));

describe('building', () => {
  /** What each version must be told beyond model, engine and verbosity. */
  const rows: [version: string, plan: Partial<BuildPlan>, flags: string[]][] = [
    ['8.4.1', { variant: 'fp32' }, ['--buildOnly', '--noTF32']],
    ['8.5.3', { variant: 'fp32' }, ['--buildOnly', '--noTF32']],
    ['8.6.1', { variant: 'fp32' }, ['--skipInference', '--noTF32']],
    ['9.3.0', { variant: 'fp32' }, ['--skipInference', '--noTF32']],
    ['10.16.1', { variant: 'fp32' }, ['--skipInference', '--noTF32']],
    ['11.1.0', { variant: 'fp32' }, ['--skipInference', '--noTF32']],
    ['8.5.3', { variant: 'tf32' }, ['--buildOnly']],
    ['11.1.0', { variant: 'tf32' }, ['--skipInference']],
    ['8.5.3', { variant: 'fp16' }, ['--buildOnly', '--fp16']],
    ['10.0.0', { variant: 'fp16' }, ['--skipInference', '--fp16']],
    ['11.0.0', { variant: 'fp16', typedModel: true }, ['--skipInference']],
    ['9.1.0', { variant: 'bf16' }, ['--skipInference', '--bf16']],
    ['10.8.0', { variant: 'bf16' }, ['--skipInference', '--bf16']],
    ['11.1.0', { variant: 'bf16', typedModel: true }, ['--skipInference']],
    ['8.5.3', { variant: 'int8', int8: explicit }, ['--buildOnly', '--int8', '--fp16']],
    ['10.8.0', { variant: 'int8', int8: explicit }, ['--skipInference', '--int8', '--fp16']],
    ['11.1.0', { variant: 'int8', int8: explicit }, ['--skipInference']],
    ['8.5.3', { variant: 'int8', int8: { ...explicit, rest: 'fp32' } }, ['--buildOnly', '--int8', '--noTF32']],
    ['8.5.3', { variant: 'int8', int8: { ...explicit, rest: 'tf32' } }, ['--buildOnly', '--int8']],
    ['11.1.0', { variant: 'int8', int8: { ...explicit, rest: 'fp32' } }, ['--skipInference', '--noTF32']],
    ['8.5.3', { variant: 'int8', int8: implicit }, ['--buildOnly', '--int8', '--fp16', '--calib=c.cache']],
    ['10.16.1', { variant: 'int8', int8: implicit }, ['--skipInference', '--int8', '--fp16', '--calib=c.cache']],
    [
      '8.5.3',
      { variant: 'int8', int8: implicit, dlaCore: 1 },
      ['--buildOnly', '--int8', '--fp16', '--calib=c.cache', '--useDLACore=1', '--allowGPUFallback'],
    ],
    ['8.5.3', { variant: 'tf32', plugins: ['p.so'] }, ['--buildOnly', '--plugins=p.so']],
    [
      '8.6.1',
      { variant: 'tf32', plugins: ['p.so', 'q.so'] },
      ['--skipInference', '--staticPlugins=p.so', '--staticPlugins=q.so'],
    ],
    ['8.6.1', { variant: 'tf32', builderOptimizationLevel: 5 }, ['--skipInference', '--builderOptimizationLevel=5']],
    [
      '8.5.3',
      { variant: 'tf32', timingCachePath: 'tc', tacticSources: '-CUDNN,-CUBLAS', deviceIndex: 2 },
      ['--buildOnly', '--device=2', '--timingCacheFile=tc', '--tacticSources=-CUDNN,-CUBLAS'],
    ],
    [
      '10.0.0',
      { variant: 'tf32', inputFormats: ['int8:chw32'], outputFormats: ['int8:chw32', 'fp16:chw'] },
      ['--skipInference', '--inputIOFormats=int8:chw32', '--outputIOFormats=int8:chw32,fp16:chw'],
    ],
    [
      '10.0.0',
      { variant: 'tf32', shapes: { min: { 'in:0': [1, 3] }, opt: { 'in:0': [4, 3] }, max: { 'in:0': [8, 3] } } },
      ['--skipInference', "--minShapes='in:0':1x3", "--optShapes='in:0':4x3", "--maxShapes='in:0':8x3"],
    ],
  ];

  it.each(rows)('%s %j', (version, plan, flags) => {
    const [buildOnly = '', ...rest] = flags;
    expect(built(version, plan)).toEqual([
      '--onnx=m.onnx',
      '--saveEngine=e.plan',
      buildOnly,
      '--profilingVerbosity=detailed',
      ...rest,
    ]);
  });

  it.each<[string, Partial<BuildPlan>, string]>([
    ['8.6.1', { variant: 'bf16' }, 'bf16-too-old'],
    ['8.5.3', { variant: 'int8', int8: { ...explicit, rest: 'bf16' } }, 'bf16-too-old'],
    ['8.5.3', { variant: 'int8' }, 'int8-without-recipe'],
    ['10.1.0', { variant: 'int8', int8: { ...implicit, calibrationCachePath: null } }, 'calibration-cache-missing'],
    ['11.0.0', { variant: 'int8', int8: implicit }, 'implicit-int8-removed'],
    ['11.0.0', { variant: 'fp16' }, 'typed-model-missing'],
    ['8.5.3', { builderOptimizationLevel: 3 }, 'option-too-old'],
    ['8.5.3', { variant: 'fp32', dlaCore: 0 }, 'dla-precision'],
    ['8.5.3', { variant: 'int8', int8: explicit, dlaCore: 0 }, 'dla-explicit-int8'],
    ['8.5.3', { variant: 'fp16', dlaCore: 0, shapes: { min: {}, opt: {}, max: {} } }, 'dla-dynamic-shapes'],
  ])('refuses on %s: %j', (version, plan, code) => {
    expect(built(version, plan)).toMatchObject({ code });
  });
});

describe('running under the same conditions everywhere', () => {
  const common = ['--warmUp=200', '--duration=0.5', '--iterations=10', '--avgRuns=100000'];

  it.each<[string, RunPlan['mode'], string[]]>([
    ['8.5.3', mainMode, ['--noDataTransfers', '--useCudaGraph', '--useSpinWait']],
    ['8.6.1', mainMode, ['--noDataTransfers', '--useCudaGraph', '--useSpinWait']],
    ['10.16.1', mainMode, ['--noDataTransfers', '--useCudaGraph', '--useSpinWait']],
    ['11.0.0', mainMode, []],
    ['11.1.0', { graph: false, transfers: true, streams: 1 }, ['--includeDataTransfers', '--noCudaGraph']],
    ['8.4.1', { graph: false, transfers: true, streams: 1 }, ['--useSpinWait']],
    ['8.5.3', { ...mainMode, streams: 4 }, ['--noDataTransfers', '--useCudaGraph', '--useSpinWait', '--streams=4']],
    ['8.6.1', { ...mainMode, streams: 2 }, ['--noDataTransfers', '--useCudaGraph', '--useSpinWait', '--infStreams=2']],
    ['11.1.0', { ...mainMode, streams: 2 }, ['--infStreams=2']],
  ])('%s %j', (version, mode, flags) => {
    expect(ran(version, { mode })).toEqual(['--loadEngine=e.plan', ...flags, ...common]);
  });

  it('exports times, outputs and profiles, and gives every variant the same inputs', () => {
    const files = { exportProfile: 'p.json', exportLayerInfo: 'l.json' };
    const more = {
      inputs: { 'in:0': '/t/0.bin', y: '/t/1.bin' },
      exportTimes: 't.json',
      exportOutput: 'o.json',
      shapes: { y: [2, 3] },
      profile: files,
    };
    const tail = (profile: string[]) => [
      "--shapes='y':2x3",
      "--loadInputs='in:0':/t/0.bin,'y':/t/1.bin",
      '--exportTimes=t.json',
      '--exportOutput=o.json',
      ...profile,
    ];
    expect(ran('8.5.3', more).slice(8)).toEqual(
      tail([
        '--dumpProfile',
        '--separateProfileRun',
        '--profilingVerbosity=detailed',
        '--exportProfile=p.json',
        '--exportLayerInfo=l.json',
      ]),
    );
    expect(ran('11.0.0', more).slice(5)).toEqual(
      tail(['--dumpProfile', '--profilingVerbosity=detailed', '--exportProfile=p.json', '--exportLayerInfo=l.json']),
    );
  });
});

describe('versions', () => {
  it('refuses what nobody has read, unless forced', () => {
    expect(dialectOf('8.2.5')).toMatchObject({ code: 'runtime-version-unknown' });
    expect(dialectOf('12.0.0')).toMatchObject({ code: 'runtime-version-unknown' });
    expect(dialectOf('nonsense', true)).toMatchObject({ code: 'runtime-version-unknown' });
    expect(dialectOf('12.0.0', true)).toMatchObject({ since: '11.0' });
    expect(dialectOf('8.2.5', true)).toMatchObject({ since: '8.4' });
  });

  it.each([
    ['8.4', '8.4'],
    ['8503', '8.4'],
    ['8.6.1', '8.6'],
    ['9.0.1', '9.0'],
    ['v100900', '10.0'],
    ['11.4.1', '11.0'],
  ])('%s speaks the dialect of %s', (version, since) => {
    expect(dialectOf(version)).toMatchObject({ since });
  });
});
