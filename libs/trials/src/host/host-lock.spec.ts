import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostLock, type HostWork } from './host-lock.js';

describe('hostLock', () => {
  let folder: string;
  const never = new AbortController().signal;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octet-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const gets = async (work: HostWork): Promise<boolean> => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const release = await hostLock(folder)
      .acquire(work, controller.signal)
      .catch(() => null);
    release?.();
    return release !== null;
  };

  it.each<[HostWork, HostWork, boolean]>([
    ['prepare', 'prepare', true],
    ['prepare', 'measure', false],
    ['prepare', 'measure-alone', false],
    ['measure', 'measure', true],
    ['measure', 'prepare', false],
    ['measure', 'measure-alone', false],
    ['measure-alone', 'measure-alone', false],
    ['measure-alone', 'prepare', false],
  ])('while one does %s, another may %s: %s', async (held, wanted, allowed) => {
    const release = await hostLock(folder).acquire(held, never);
    expect(await gets(wanted)).toBe(allowed);
    release();
    expect(await gets(wanted)).toBe(true);
  });

  it('never lets two measure alone, however they come', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      const release = await hostLock(folder).acquire('measure-alone', never);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
      release();
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('counts no holds of dead processes, nor of one that got the same number later', async () => {
    await writeFile(join(folder, 'measure-alone.99999999.1.00'), '');
    await writeFile(join(folder, `measure-alone.${process.pid}.1.00`), '');
    expect(await gets('prepare')).toBe(true);
  });
});
