import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain } from './explain.js';
import { exportText } from './export-text.js';
import { readExportsFolder, readVariantFolders } from './exports-folder.js';

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/trtexec');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-exports-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a folder of exports', () => {
  it('is read by content, whatever its files are called', async () => {
    const from = join(fixtures, 'trt-engine-explorer/a100-resnet18_b32/int8-qdq');
    await copyFile(join(from, 'layers.json'), join(folder, 'resnet.onnx.engine.graph.json'));
    await copyFile(join(from, 'profile.json'), join(folder, 'a.json'));
    await copyFile(join(from, 'times.json'), join(folder, 'b.json'));
    await copyFile(join(from, 'run.metadata.json'), join(folder, 'c.json'));
    await writeFile(join(folder, 'other.json'), '{"name": "something else"}');
    const answer = explain(await readExportsFolder(folder), null);
    expect(answer).toMatchObject({
      status: 'explained',
      endToEndSource: 'times',
      device: { name: 'NVIDIA A100 80GB PCIe', architecture: 'sm_80' },
    });
  });

  it('is read packed with gzip, with a byte order mark, and from a Windows shell', async () => {
    const from = join(fixtures, '8.5.3/mlp4096_b1/int8-qdq');
    const plain = explain(await readExportsFolder(from), null);
    const odd = join(folder, 'ré sult #1 (ü)\n');
    await mkdir(odd);
    await writeFile(join(odd, 'layers.json.gz'), gzipSync(await readFile(join(from, 'layers.json'))));
    await writeFile(join(odd, 'profile.json'), `\uFEFF${await readFile(join(from, 'profile.json'), 'utf8')}`);
    const log = await readFile(join(from, 'run.log'), 'utf8');
    await writeFile(join(odd, 'run.log'), Buffer.from(`\uFEFF${log}`, 'utf16le'));
    await writeFile(join(odd, 'times.json.gz'), gzipSync(await readFile(join(from, 'times.json'))));
    expect(explain(await readExportsFolder(odd), null)).toEqual(plain);
  });

  it('says which file can be neither read nor unpacked', async () => {
    const path = join(folder, 'layers.json.gz');
    await writeFile(path, gzipSync('{"Layers": []}').subarray(0, 12));
    const unreadable = (name: string) =>
      expect.objectContaining({
        code: 'exports-unreadable',
        message: expect.stringContaining(name) as string,
      }) as Error;
    await expect(readExportsFolder(folder)).rejects.toThrow(unreadable('layers.json.gz cannot be unpacked'));
    await expect(exportText(join(folder, 'none.json'))).rejects.toThrow(unreadable('none.json cannot be read'));
  });

  it('prefers the log of a run under CUDA graph, and the build that did not end over what failed after it', async () => {
    const run = await readExportsFolder(join(fixtures, '8.5.3/resnet50_b1/int8-implicit'));
    expect(run.log).toContain('--useCudaGraph');
    expect(run.timesWithoutGraph).not.toBeNull();
    const stopped = await readExportsFolder(join(fixtures, '8.5.3/resnet50_b1-shared-bias/int8-qdq'));
    expect(explain(stopped, null)).toMatchObject({ status: 'build-incomplete' });
  });

  it('may hold a folder for each variant', async () => {
    const variants = await readVariantFolders(join(fixtures, '8.5.3/conv16_1024'));
    expect([...variants.keys()]).toEqual(['fp16', 'int8-implicit', 'int8-only', 'int8-qdq']);
  });

  it('says what is wrong with a folder that is none', async () => {
    await expect(readExportsFolder(join(folder, 'missing'))).rejects.toMatchObject({ code: 'exports-unreadable' });
    expect(await readVariantFolders(folder)).toEqual(new Map());
  });
});
