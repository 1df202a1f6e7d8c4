import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BundleStore, type BundleSource } from './bundle-store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-bundles-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const signal = new AbortController().signal;

interface CountingSource extends BundleSource {
  sha256: string;
  fetched: number;
}

function source(files: Record<string, string>, sent: Record<string, string> = files): CountingSource {
  const list = Object.entries(files).map(([path, text]) => ({ path, sha256: hash(text), sizeBytes: text.length }));
  const sizeBytes = list.reduce((sum, file) => sum + file.sizeBytes, 0);
  const sha256 = hash(JSON.stringify(files));
  const byHash = new Map(list.map(({ path, sha256: digest }) => [digest, sent[path] ?? '']));
  return {
    sha256,
    fetched: 0,
    describe: () => Promise.resolve({ name: 'm', sha256, files: list, sizeBytes, createdAt: '', inspection: null }),
    blob(digest) {
      this.fetched += 1;
      return Promise.resolve(Readable.from([Buffer.from(byHash.get(digest) ?? '')]));
    },
  };
}

test('lays the files out as they are named, and fetches them once', async () => {
  const model = source({ 'model.onnx': 'graph', 'weights/model.data': 'weights' });
  const store = new BundleStore(folder, 1e9);
  const [one, two] = await Promise.all([
    store.take(model.sha256, model, signal),
    store.take(model.sha256, model, signal),
  ]);
  expect(two.dir).toBe(one.dir);
  await new BundleStore(folder, 1e9).take(model.sha256, model, signal);
  expect(await readFile(join(one.dir, 'weights/model.data'), 'utf8')).toBe('weights');
  expect(model.fetched).toBe(2);
});

test('a file that was damaged on disk is fetched again', async () => {
  const model = source({ 'model.onnx': 'graph' });
  const { dir } = await new BundleStore(folder, 1e9).take(model.sha256, model, signal);
  await writeFile(join(dir, 'model.onnx'), 'GRAPH');
  await new BundleStore(folder, 1e9).take(model.sha256, model, signal);
  expect(await readFile(join(dir, 'model.onnx'), 'utf8')).toBe('graph');
});

test('other bytes than asked for are refused and leave nothing behind', async () => {
  const model = source({ 'model.onnx': 'graph' }, { 'model.onnx': 'wrong' });
  await expect(new BundleStore(folder, 1e9).take(model.sha256, model, signal)).rejects.toMatchObject({
    code: 'blob-damaged',
  });
  expect(await readdir(folder)).toEqual([]);
});

test('over its limit it drops what was used longest ago, never what was used just now', async () => {
  const models = ['a', 'b', 'c'].map((name) => source({ [name]: name.repeat(100) }));
  const store = new BundleStore(folder, 250);
  const [a, b, c] = models as [CountingSource, CountingSource, CountingSource];
  for (const model of [a, b]) await store.take(model.sha256, model, signal);
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  await utimes(join(folder, a.sha256, 'bundle.json'), hoursAgo(1), hoursAgo(1));
  await utimes(join(folder, b.sha256, 'bundle.json'), hoursAgo(2), hoursAgo(2));
  await store.take(c.sha256, c, signal);
  expect((await readdir(folder)).sort()).toEqual([a.sha256, c.sha256].sort());
});
