import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gpuModeIds } from '@octet/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-agent-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = (change: Record<string, string> = {}) =>
  parseConfig({ OCTET_AGENT_TOKEN: 'a'.repeat(32), OCTET_AGENT_DATA_DIR: folder, ...change }).gpu;

describe('what an agent does with GPUs', () => {
  it('measures all of the study, locks nothing and keeps timing caches with its own', () => {
    expect(settings()).toEqual({
      study: { gpuModes: [...gpuModeIds], builds: 3, int8Borders: false },
      buildOptions: {},
      buildLimitMs: 900_000,
      plugins: [],
      timingCacheDir: join(folder, 'cache', 'timing'),
      lockClocksMhz: null,
    });
  });

  it('takes what octet bench takes', () => {
    expect(
      settings({
        OCTET_LOCK_CLOCKS: '1410',
        OCTET_PLUGINS: '/opt/a.so, /opt/b.so',
        OCTET_TIMING_CACHE_DIR: '/var/timing',
        OCTET_INT8_BORDERS: 'on',
        OCTET_GPU_MODES: 'no-graph,soak',
        OCTET_BUILDS: '1',
        OCTET_BUILD_LIMIT_S: '60',
        OCTET_TACTIC_SOURCES: '-CUDNN,+CUBLAS_LT',
        OCTET_BUILDER_LEVEL: '5',
      }),
    ).toEqual({
      study: { gpuModes: ['no-graph', 'soak'], builds: 1, int8Borders: true },
      buildOptions: {
        tacticSources: '-CUDNN,+CUBLAS_LT',
        builderOptimizationLevel: 5,
        plugins: ['/opt/a.so', '/opt/b.so'],
      },
      buildLimitMs: 60_000,
      plugins: ['/opt/a.so', '/opt/b.so'],
      timingCacheDir: '/var/timing',
      lockClocksMhz: 1410,
    });
    expect(settings({ OCTET_LOCK_CLOCKS: 'default' }).lockClocksMhz).toBe('default');
    expect(settings({ OCTET_GPU_MODES: 'none' }).study.gpuModes).toEqual([]);
    expect(settings({ OCTET_GPU_MODES: 'all' }).study.gpuModes).toEqual([...gpuModeIds]);
    expect(settings({ OCTET_TIMING_CACHE_DIR: 'off' }).timingCacheDir).toBeNull();
  });

  it.each([
    ['OCTET_LOCK_CLOCKS', 'fast'],
    ['OCTET_GPU_MODES', 'no-graph,turbo'],
    ['OCTET_BUILDS', '0'],
    ['OCTET_TACTIC_SOURCES', 'CUDNN'],
    ['OCTET_BUILDER_LEVEL', '9'],
    ['OCTET_INT8_BORDERS', 'yes'],
  ])('names %s where it is wrong', (name, value) => {
    expect(() => settings({ [name]: value })).toThrow(name);
  });

  it('says which modes there are', () => {
    expect(() => settings({ OCTET_GPU_MODES: 'turbo' })).toThrow('knows all, none, no-graph');
  });
});
