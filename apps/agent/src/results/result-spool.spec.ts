import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { trialRecord } from '@octet/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ResultSpool } from './result-spool.js';

let folder: string;
let spool: ResultSpool;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-spool-'));
  spool = new ResultSpool(join(folder, 'spool'));
  await spool.open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const envelope = (trialId: string, attempt = 1) => ({ trialId, attempt, agentId: 'a', record: trialRecord() });

test('what is added outlives the process as the very bytes that are posted', async () => {
  await spool.add(envelope('one/with:odd.name', 3));
  const next = new ResultSpool(join(folder, 'spool'));
  expect(await next.open()).toEqual([{ trialId: 'one/with:odd.name', attempt: 3 }]);
  const bytes = await next.read({ trialId: 'one/with:odd.name', attempt: 3 });
  expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(envelope('one/with:odd.name', 3));
});

test('two attempts of one trial are two results; deleting one twice is no error', async () => {
  await spool.add(envelope('one', 1));
  await spool.add(envelope('one', 2));
  await spool.delete({ trialId: 'one', attempt: 1 });
  await spool.delete({ trialId: 'one', attempt: 1 });
  expect(await spool.list()).toEqual([{ trialId: 'one', attempt: 2 }]);
});

test('a half-written result of a dead process is never offered', async () => {
  await writeFile(join(folder, 'spool', '.tmp-1-one.1.json.gz'), 'half');
  expect(await spool.open()).toEqual([]);
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
});

test('what is set aside is no longer offered, and kept', async () => {
  await spool.add(envelope('one'));
  const kept = await spool.setAside({ trialId: 'one', attempt: 1 });
  expect(await spool.list()).toEqual([]);
  expect(kept).toBe(join(folder, 'spool', 'rejected', 'one.1.json.gz'));
});

test('a full disk: the result is refused with a clear message, leaves no half file, and those before it stay', async () => {
  await spool.add(envelope('before'));
  // The kernel refuses files beyond this size as it refuses any byte on a full disk.
  const script = `
    import { randomBytes } from 'node:crypto';
    import { ResultSpool } from ${JSON.stringify(join(import.meta.dirname, 'result-spool.ts'))};
    const record = { noise: randomBytes(200_000).toString('base64') };
    const spool = new ResultSpool(${JSON.stringify(join(folder, 'spool'))});
    await spool.add({ trialId: 'big', attempt: 1, agentId: 'a', record }).catch(({ code, message }) => console.log(code, message));`;
  await writeFile(join(folder, 'fill.mts'), script);
  const command = `ulimit -f 16 && exec "$0" --import "$1" "$2"`;
  const args = ['-c', command, process.execPath, import.meta.resolve('tsx'), join(folder, 'fill.mts')];
  const env = {
    ...process.env,
    TSX_TSCONFIG_PATH: join(import.meta.dirname, '../../../../tsconfig.json'),
    TSX_DISABLE_CACHE: '1',
  };
  expect(execFileSync('sh', args, { encoding: 'utf8', env })).toMatch(/^disk-full .*the disk of .* is full. Make room/);
  expect(await readdir(join(folder, 'spool'))).toEqual(['before.1.json.gz']);
});
