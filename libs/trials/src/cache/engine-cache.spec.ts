import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuiltEngine } from '@octet/engines';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentCache } from './content-cache.js';
import { EngineCache, type EngineIdentity } from './engine-cache.js';

const identity: EngineIdentity = {
  modelSha256: 'a'.repeat(64),
  variant: 'fp16',
  recipe: null,
  calibrationTableSha256: null,
  shapes: { x: [1, 8] },
  threads: null,
  deviceClass: 'sm_86/nvidia-a10/24g/150w',
  runtime: 'tensorrt',
  runtimeVersion: '8.6.1',
  options: {},
  driverMajor: '550',
  preparation: 2,
};

let folder: string;
let engines: EngineCache;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'octet-engines-'));
  engines = new EngineCache(new ContentCache({ folder, maxBytes: 2 ** 20 }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An engine file with this content, built with the timing cache of this hash. */
function built(content: string, sha256In: string | null, change: Partial<BuiltEngine['manifest']> = {}) {
  return (dir: string): Promise<BuiltEngine> => {
    writeFileSync(join(dir, 'engine.plan'), content);
    const manifest: BuiltEngine['manifest'] = {
      runtime: 'tensorrt',
      runtimeVersion: '8.6.1',
      variant: 'fp16',
      shapes: identity.shapes,
      threads: null,
      options: { timingCache: sha256In === null ? null : { state: 'used', sha256In } },
      buildNs: 1,
      sizeBytes: content.length,
      sha256: 'b'.repeat(64),
      files: ['engine.plan'],
      ...change,
    };
    return Promise.resolve({ dir, manifest });
  };
}

async function plan(engine: BuiltEngine | null): Promise<string | null> {
  return engine === null ? null : readFile(join(engine.dir, 'engine.plan'), 'utf8');
}

describe('EngineCache', () => {
  it('gives an engine out again though the timing cache that it wrote is another one', async () => {
    expect(await engines.get(identity)).toBeNull();
    await engines.build(identity, built('first', null));
    expect(await plan(await engines.get(identity))).toBe('first');
  });

  it('keeps builds from different timing caches apart, and gives the last one with its own hash', async () => {
    const one = await engines.build(identity, built('first', 'c'.repeat(64)));
    const other = await engines.build(identity, built('second', 'd'.repeat(64)));
    expect(other.dir).not.toBe(one.dir);
    expect(await plan(one)).toBe('first');
    const found = await engines.get(identity);
    expect(await plan(found)).toBe('second');
    expect(found?.manifest.options['timingCache']).toMatchObject({ sha256In: 'd'.repeat(64) });
  });

  it('takes what another process built from the same timing cache meanwhile', async () => {
    const one = await engines.build(identity, built('first', 'c'.repeat(64)));
    const again = await engines.build(identity, built('later', 'c'.repeat(64)));
    expect(again.dir).toBe(one.dir);
    expect(await plan(again)).toBe('first');
  });

  it('builds again where the engine is gone, and then finds that one', async () => {
    const { dir } = await engines.build(identity, built('first', 'c'.repeat(64)));
    rmSync(dir, { recursive: true });
    expect(await engines.get(identity)).toBeNull();
    await engines.build(identity, built('again', null));
    expect(await plan(await engines.get(identity))).toBe('again');
  });

  it.each([
    ['another driver', { driverMajor: '560' }],
    ['another TensorRT', { runtimeVersion: '10.0.1' }],
    ['another device class', { deviceClass: 'sm_90/nvidia-h100/80g/700w' }],
    ['other builder flags', { options: { builderOptimizationLevel: 5 } }],
  ])('has none for %s', async (_name, change) => {
    await engines.build(identity, built('first', null));
    expect(await engines.get({ ...identity, ...change })).toBeNull();
  });

  it('never gives out an engine whose own manifest says another version', async () => {
    await engines.build(identity, built('first', null, { runtimeVersion: '8.5.3' }));
    expect(await engines.get(identity)).toBeNull();
  });
});
