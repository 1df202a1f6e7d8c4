import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunTool } from '@octet/hardware';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockClocks, undoAbandonedLocks } from './clock-lock.js';

let folder: string;
let log: string;
let command: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'octet-clocks-'));
  log = join(folder, 'calls');
  command = join(folder, 'fake-smi');
  writeFileSync(
    command,
    `#!/bin/sh\necho "$@" >> ${log}\necho 'GPU clocks set to "(gpuClkMin 1410, gpuClkMax 1410)"'\n`,
  );
  chmodSync(command, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const calls = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
const leases = (): string[] => (existsSync(join(folder, 'leases')) ? readdirSync(join(folder, 'leases')) : []);
const uuid = 'GPU-1';
const reset = `-i ${uuid} --reset-gpu-clocks`;

it('locks, and undoes it when released', async () => {
  const lock = await lockClocks(uuid, 1410, { command, folder: join(folder, 'leases') });
  expect(calls()).toEqual([`-i ${uuid} --lock-gpu-clocks=1410,1410`]);
  expect(leases()).toHaveLength(1);
  await lock.release();
  expect(calls().at(-1)).toBe(reset);
  expect(leases()).toEqual([]);
});

it('takes the default application clock, or a share of the highest one', async () => {
  const asked: string[] = [];
  const answering =
    (clocks: string): RunTool =>
    (_, args) => {
      asked.push(args.join(' '));
      return Promise.resolve(args.some((each) => each.startsWith('--query')) ? clocks : 'GPU clocks set to "1"');
    };
  const locked = async (clocks: string): Promise<number> => {
    const lock = await lockClocks(uuid, 'default', { run: answering(clocks), command, folder: join(folder, 'leases') });
    await lock.release();
    return lock.mhz;
  };
  expect(await locked('1095, 1410\n')).toBe(1095);
  expect(await locked('1980, 1980\n')).toBe(1485);
  expect(await locked('[N/A], 1980\n')).toBe(1485);
  await expect(locked('[N/A], [N/A]\n')).rejects.toMatchObject({ code: 'clock-lock-refused' });
});

it('locks nothing where it is not permitted, and says so', async () => {
  const run: RunTool = () => Promise.resolve('The current user does not have permission to change clocks for GPU 1.');
  const refused = lockClocks(uuid, 1410, { run, command, folder: join(folder, 'leases') });
  await expect(refused).rejects.toMatchObject({ code: 'clock-lock-refused' });
  expect(leases()).toEqual([]);
});

it('is undone by its guardian when the process that locked is killed', async () => {
  const source = `
    import { lockClocks } from ${JSON.stringify(import.meta.resolve('./clock-lock.ts'))};
    await lockClocks(${JSON.stringify(uuid)}, 1410, { command: ${JSON.stringify(command)}, folder: ${JSON.stringify(join(folder, 'leases'))} });
    console.log('locked');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  while (calls().at(-1) !== reset) await sleep(20);
  // The lease stays behind; the next program finds the guardian gone and clears it away.
  while ((await undoAbandonedLocks({ command, folder: join(folder, 'leases') })).length === 0) await sleep(20);
  expect(leases()).toEqual([]);
});

it('leaves locks alone whose guardian lives, and files that are no lease', async () => {
  const lock = await lockClocks(uuid, 1410, { command, folder: join(folder, 'leases') });
  writeFileSync(join(folder, 'leases', 'x.json'), 'nothing');
  expect(await undoAbandonedLocks({ command, folder: join(folder, 'leases') })).toEqual([]);
  await lock.release();
});
