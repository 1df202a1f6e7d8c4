import { describe, expect, it } from 'vitest';
import type { CpuDevice, DlaDevice, GpuDevice } from '../device.js';
import { recipeDefaults, type QuantizationRecipe, type Recipe, type Variant } from '../recipe.js';
import { expectedFastestFloat } from './expected-float.js';
import { compareVersions, isAtLeast, parseVersion } from './runtime-version.js';
import { supports } from './support.js';

function gpu(sm: number, name = 'NVIDIA Test'): GpuDevice {
  return {
    kind: 'gpu',
    id: 'GPU-1',
    name,
    architecture: `sm_${sm}`,
    memoryBytes: 2 ** 34,
    powerLimitW: 70,
    powerMode: null,
    driverVersion: '550',
    index: 0,
    mig: false,
  };
}
const dla = (sm: number): DlaDevice => ({
  kind: 'dla',
  id: 'dla0',
  name: 'Jetson AGX Orin',
  architecture: `sm_${sm}`,
  core: 0,
  memoryBytes: 2 ** 35,
  powerMode: 'MAXN',
});
const cpu = (instructionSets: string[]): CpuDevice => ({
  kind: 'cpu',
  id: 'cpu',
  name: 'Test CPU',
  architecture: 'x86-64',
  instructionSets,
  threads: 2,
  physicalCores: 2,
  logicalCores: 2,
  memoryBytes: 2 ** 33,
});
const trt = (version: string) => ({ name: 'tensorrt', version, providers: [] });
const ort = (name = 'onnxruntime') => ({ name, version: '1.30.0', providers: [] });
const recipe = (choice: Partial<QuantizationRecipe>): Recipe => ({ ...recipeDefaults, ...choice });

function codeOf(answer: ReturnType<typeof supports>): string {
  return answer.ok ? 'ok' : answer.code;
}

describe('supports on TensorRT', () => {
  const table: [number, string, Variant, string][] = [
    [50, '8.4.3', 'fp32', 'ok'],
    [50, '8.6.1', 'fp32', 'ok'],
    [52, '9.0.1', 'fp32', 'sm-not-supported'],
    [61, '9.3.0', 'int8', 'ok'],
    [61, '10.0.1', 'int8', 'sm-not-supported'],
    [61, '8.5.3', 'fp16', 'no-fast-fp16'],
    [62, '8.5.3', 'int8', 'no-int8-hardware'],
    [62, '8.5.3', 'fp16', 'ok'],
    [60, '8.5.3', 'int8', 'no-int8-hardware'],
    [70, '10.4.0', 'int8', 'ok'],
    [70, '10.5.0', 'int8', 'sm-not-supported'],
    [70, '8.5.3', 'tf32', 'no-tf32'],
    [72, '8.5.2', 'int8', 'ok'],
    [72, '10.3.0', 'int8', 'sm-not-supported'],
    [75, '10.16.0', 'int8', 'ok'],
    [75, '11.0.0', 'int8', 'sm-not-supported'],
    [75, '11.1.0', 'int8', 'ok'],
    [75, '10.16.0', 'bf16', 'no-bf16'],
    [80, '11.0.0', 'int8', 'ok'],
    [80, '8.6.1', 'bf16', 'runtime-too-old'],
    [80, '9.0.0', 'bf16', 'ok'],
    [86, '8.4.1', 'tf32', 'ok'],
    [90, '8.4.3', 'fp32', 'sm-not-supported'],
    [90, '8.5.3', 'int8', 'ok'],
    [120, '10.7.0', 'int8', 'sm-not-supported'],
    [120, '10.8.0', 'int8', 'ok'],
    [90, '8.2.5', 'fp32', 'runtime-too-old'],
    [90, '7.2.3', 'fp32', 'runtime-version-unknown'],
    [90, '12.0.0', 'fp32', 'runtime-version-unknown'],
    [130, '11.1.0', 'fp32', 'architecture-unknown'],
    [35, '8.5.3', 'fp32', 'architecture-unknown'],
  ];
  it.each(table)('SM %i, TensorRT %s, %s: %s', (sm, version, variant, expected) => {
    expect(codeOf(supports(gpu(sm), trt(version), variant, variant === 'int8' ? recipeDefaults : null))).toBe(expected);
  });

  it('says what to use instead', () => {
    const answer = supports(gpu(61), trt('10.0.1'), 'int8', recipeDefaults);
    expect(answer).toMatchObject({ ok: false, policy: false });
    expect(!answer.ok && answer.message).toContain('TensorRT 9.3 or older');
  });

  it.each([
    ['8.6.1', 'ok', 0],
    ['10.0.1', 'ok', 0],
    ['10.1.0', 'ok', 1],
    ['11.0.0', 'implicit-int8-removed', 0],
  ])('implicit INT8 on %s: %s, %i warnings', (version, expected, warnings) => {
    const answer = supports(gpu(86), trt(version), 'int8', recipe({ placement: 'implicit' }));
    expect(codeOf(answer)).toBe(expected);
    expect(answer.ok ? answer.warnings.length : 0).toBe(warnings);
  });

  it.each([
    ['dynamic-symmetric', 'recipe-needs-onnxruntime'],
    ['dynamic-asymmetric', 'recipe-needs-onnxruntime'],
    ['static-asymmetric', 'recipe-needs-onnxruntime'],
    ['static-symmetric', 'ok'],
  ] as const)('%s: %s', (scheme, expected) => {
    const calibrator = scheme.startsWith('dynamic') ? null : 'max';
    expect(codeOf(supports(gpu(86), trt('8.6.1'), 'int8', recipe({ scheme, calibrator })))).toBe(expected);
  });

  it('takes an own Q/DQ model', () => {
    expect(supports(gpu(86), trt('11.1'), 'int8', { model: 'q.onnx', sha256: null }).ok).toBe(true);
  });

  it('warns that a V100 and a GTX 1660 run INT8 by DP4A only', () => {
    for (const device of [gpu(70, 'Tesla V100'), gpu(75, 'NVIDIA GeForce GTX 1660')]) {
      const answer = supports(device, trt('8.6.1'), 'int8', recipeDefaults);
      expect(answer.ok && answer.warnings.join()).toContain('DP4A');
    }
    expect(supports(gpu(75, 'Tesla T4'), trt('8.6.1'), 'int8', recipeDefaults)).toEqual({ ok: true, warnings: [] });
  });

  it('force passes a slow path, never an impossibility', () => {
    const force = { force: true };
    expect(supports(gpu(62), trt('8.5.3'), 'int8', recipeDefaults, force).ok).toBe(true);
    expect(supports(gpu(70), trt('8.5.3'), 'tf32', null, force).ok).toBe(false);
    expect(supports(gpu(52), trt('9.0'), 'fp32', null, force).ok).toBe(false);
    // Slow and impossible at once: the impossibility is what counts.
    const dynamic = recipe({ scheme: 'dynamic-symmetric', calibrator: null });
    expect(codeOf(supports(gpu(62), trt('8.5.3'), 'int8', dynamic, force))).toBe('recipe-needs-onnxruntime');
  });

  it.each([
    ['fp32', 'explicit', '8.5.2', 'dla-precision'],
    ['fp16', 'explicit', '8.5.2', 'ok'],
    ['int8', 'explicit', '8.5.2', 'dla-explicit'],
    ['int8', 'implicit', '8.5.2', 'ok'],
    ['int8', 'explicit', '10.3.0', 'ok'],
  ] as const)('DLA: %s %s on %s: %s', (variant, placement, version, expected) => {
    const chosen = variant === 'int8' ? recipe({ placement }) : null;
    expect(codeOf(supports(dla(87), trt(version), variant, chosen))).toBe(expected);
  });

  it('has no DLA on parts without one, and no TensorRT on a CPU', () => {
    expect(codeOf(supports(dla(86), trt('8.6.1'), 'fp16', null))).toBe('no-dla');
    expect(codeOf(supports(cpu(['AVX2']), trt('8.6.1'), 'fp32', null))).toBe('runtime-not-for-device');
  });
});

describe('supports on ONNX Runtime', () => {
  it.each([
    ['fp32', 'ok'],
    ['int8', 'ok'],
    ['fp16', 'no-fast-fp16'],
    ['tf32', 'no-tf32'],
    ['bf16', 'no-bf16'],
  ] as const)('CPU %s: %s', (variant, expected) => {
    const chosen = variant === 'int8' ? recipeDefaults : null;
    expect(codeOf(supports(cpu(['AVX2', 'AVX512-VNNI']), ort(), variant, chosen))).toBe(expected);
  });

  it('takes every scheme, but no calibration cache', () => {
    for (const scheme of ['dynamic-symmetric', 'dynamic-asymmetric', 'static-asymmetric'] as const) {
      expect(supports(cpu(['AVX2']), ort(), 'int8', recipe({ scheme })).ok).toBe(true);
    }
    expect(codeOf(supports(cpu(['AVX2']), ort(), 'int8', recipe({ placement: 'implicit' })))).toBe(
      'recipe-needs-tensorrt',
    );
  });

  it('warns of saturation without VNNI', () => {
    const answer = supports(cpu(['AVX2']), ort(), 'int8', recipeDefaults);
    expect(answer.ok && answer.warnings.join()).toContain('weightBits: 7');
    expect(supports(cpu(['AVX2', 'AVX-VNNI']), ort(), 'int8', recipeDefaults)).toEqual({ ok: true, warnings: [] });
  });

  it('refuses INT8 by policy on a CPU without any fast kernel', () => {
    expect(supports(cpu(['SSE2']), ort(), 'int8', recipeDefaults)).toMatchObject({
      code: 'no-int8-hardware',
      policy: true,
    });
  });

  it.each([
    [gpu(86), 'onnxruntime', 'fp32', 'runtime-not-for-device'],
    [gpu(86), 'onnxruntime-cuda', 'fp16', 'ok'],
    [gpu(86), 'onnxruntime-tensorrt', 'fp32', 'ok'],
    [gpu(75), 'onnxruntime-cuda', 'tf32', 'no-tf32'],
    [gpu(61), 'onnxruntime-cuda', 'fp16', 'no-fast-fp16'],
    [cpu(['AVX2']), 'onnxruntime-cuda', 'fp32', 'runtime-not-for-device'],
    [dla(87), 'onnxruntime-cuda', 'fp16', 'runtime-not-for-device'],
    [dla(87), 'onnxruntime', 'fp16', 'runtime-not-for-device'],
  ] as const)('%# %s: each provider on its own kind of device', (device, runtime, variant, expected) => {
    expect(codeOf(supports(device, ort(runtime), variant, null))).toBe(expected);
  });

  it('says beforehand what a GPU provider makes of INT8', () => {
    const remarks = (runtime: string): string => {
      const answer = supports(gpu(86), ort(runtime), 'int8', recipeDefaults);
      return answer.ok ? answer.warnings.join() : answer.code;
    };
    expect(remarks('onnxruntime-cuda')).toContain('no INT8 convolution');
    expect(remarks('onnxruntime-tensorrt')).toContain('no precision flags');
    const implicit = supports(gpu(86), ort('onnxruntime-cuda'), 'int8', recipe({ placement: 'implicit' }));
    expect(codeOf(implicit)).toBe('recipe-needs-tensorrt');
  });
});

describe('what the layers beside INT8 may run in', () => {
  it.each([
    [86, '8.6.1', 'fp16', 'ok'],
    [61, '8.6.1', 'fp16', 'no-fast-fp16'],
    [75, '8.6.1', 'tf32', 'no-tf32'],
    [75, '10.0.1', 'bf16', 'no-bf16'],
    [86, '8.6.1', 'bf16', 'runtime-too-old'],
    [86, '9.0.1', 'bf16', 'ok'],
    [86, '11.1', 'fp16', 'rest-from-model'],
    [86, '11.1', 'bf16', 'rest-from-model'],
    [86, '11.1', 'fp32', 'ok'],
    [86, '11.1', 'tf32', 'ok'],
  ] as const)('SM %i, TensorRT %s, rest %s: %s', (sm, version, rest, expected) => {
    expect(codeOf(supports(gpu(sm), trt(version), 'int8', recipe({ placement: 'explicit', rest })))).toBe(expected);
    expect(codeOf(supports(gpu(sm), trt(version), 'int8', { model: 'q.onnx', sha256: null, rest }))).toBe(expected);
  });

  it('force measures a slow rest, never one that does not exist', () => {
    const forced = (sm: number, rest: 'fp16' | 'tf32') =>
      supports(gpu(sm), trt('8.6.1'), 'int8', recipe({ placement: 'explicit', rest }), { force: true });
    expect(forced(61, 'fp16')).toMatchObject({ ok: true, warnings: [expect.stringContaining('fast FP16')] });
    expect(codeOf(forced(75, 'tf32'))).toBe('no-tf32');
  });
});

describe('expectedFastestFloat', () => {
  it.each([
    [gpu(86), trt('8.6.1'), 'fp16'],
    [gpu(61), trt('8.6.1'), 'fp32'],
    [gpu(62), trt('8.6.1'), 'fp16'],
    [gpu(90), ort('onnxruntime-cuda'), 'fp16'],
    [gpu(80), trt('unknown'), 'fp16'],
    [gpu(61), trt('unknown'), 'fp32'],
    [gpu(0, 'unknown'), trt('unknown'), 'fp16'],
    [cpu(['AVX2']), ort(), 'fp32'],
    [cpu(['AVX2']), { name: 'scripted', version: '1', providers: [] }, 'fp32'],
    [gpu(75, 'Tesla T4'), { name: 'scripted', version: '1', providers: [] }, 'fp16'],
  ] as const)('%#', (device, runtime, expected) => {
    expect(expectedFastestFloat(device, runtime)).toBe(expected);
  });
});

describe('versions', () => {
  it.each([
    ['8.5.3', [8, 5, 3]],
    ['v8503', [8, 5, 3]],
    ['10.13.3.9', [10, 13, 3, 9]],
    ['101300', [10, 13, 0]],
    ['11.0.0+cuda13', [11, 0, 0]],
    ['none', null],
  ])('%s', (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });

  it('compares part by part', () => {
    expect(compareVersions([10, 2], [9, 9])).toBeGreaterThan(0);
    expect(compareVersions([8, 5], [8, 5, 0])).toBe(0);
    expect(isAtLeast('10.13', '10.9')).toBe(true);
    expect(isAtLeast('unknown', '8.4')).toBe(false);
  });
});
