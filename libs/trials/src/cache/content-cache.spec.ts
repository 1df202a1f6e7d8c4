import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentCache, contentKey } from './content-cache.js';

describe('ContentCache', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octet-cache-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const fill = (bytes: number) => async (dir: string) => {
    await writeFile(join(dir, 'engine'), Buffer.alloc(bytes, 7));
    return { made: bytes };
  };
  const age = async (cache: ContentCache, identity: unknown, minutes: number) => {
    const found = await cache.get(identity);
    const then = new Date(Date.now() - minutes * 60_000);
    await utimes(join(found?.dir ?? '', 'entry.json'), then, then);
  };

  it('gives back what was put, with what was kept beside it', async () => {
    const cache = new ContentCache({ folder, maxBytes: 1000 });
    expect(await cache.get({ model: 'a' })).toBeNull();
    await cache.put({ model: 'a' }, fill(10));
    const found = await cache.get({ model: 'a' });
    expect(found?.meta).toEqual({ made: 10 });
    expect(await readFile(join(found?.dir ?? '', 'engine'))).toHaveLength(10);
    expect(await cache.get({ model: 'b' })).toBeNull();
  });

  it('keys by content, whatever the order of the keys', () => {
    expect(contentKey({ a: 1, b: { c: 2, d: 3 } })).toBe(contentKey({ b: { d: 3, c: 2 }, a: 1 }));
    expect(contentKey({ a: [1, 2] })).not.toBe(contentKey({ a: [2, 1] }));
    expect(contentKey({ version: '1.30.0' })).not.toBe(contentKey({ version: '1.30.1' }));
  });

  it('takes no damaged entry', async () => {
    const cache = new ContentCache({ folder, maxBytes: 1000 });
    const { dir } = await cache.put('a', fill(10));
    await writeFile(join(dir, 'engine'), Buffer.alloc(10, 8));
    expect(await cache.get('a')).toBeNull();
    expect(await cache.sizeBytes()).toBe(0);
    await cache.put('a', fill(10));
    expect(await cache.get('a')).not.toBeNull();
  });

  it('evicts what was used longest ago, and nothing that was used just now', async () => {
    const cache = new ContentCache({ folder, maxBytes: 250 });
    for (const name of ['a', 'b']) await cache.put(name, fill(100));
    await age(cache, 'a', 30);
    await age(cache, 'b', 60);
    await cache.put('c', fill(100));
    expect(await cache.get('b')).toBeNull();
    expect(await cache.get('a')).not.toBeNull();
    await cache.put('d', fill(100));
    expect(await cache.sizeBytes()).toBe(300);
  });

  it('leaves nothing behind when filling fails, and sweeps up after dead processes', async () => {
    const cache = new ContentCache({ folder, maxBytes: 1000 });
    await expect(cache.put('a', () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
    expect(await readdir(folder)).toEqual([]);
    // Process numbers end at 2^22 on Linux: this one can't live.
    await writeFile(join(folder, '.tmp-99999999-0badcafe0000'), '');
    await cache.evict();
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps the first of two that fill the same entry at once', async () => {
    const cache = new ContentCache({ folder, maxBytes: 1000 });
    const put = (made: string) =>
      cache.put('a', async (dir) => {
        await writeFile(join(dir, 'engine'), made);
        return { made };
      });
    const results = await Promise.all([put('first'), put('second')]);
    const metas = new Set(results.map(({ meta }) => JSON.stringify(meta)));
    expect(metas.size).toBe(1);
    expect((await cache.get('a'))?.meta).toEqual(results[0]?.meta);
  });
});
