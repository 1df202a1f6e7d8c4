import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MeasuringProcess, type CommandLimits } from './client.js';

const limits: CommandLimits = {
  timeoutMs: 60_000,
  signal: null,
  timeoutCode: 'engine-timeout',
  failureCode: 'engine-failed',
  shorten: (message) => message,
};

/** Opens a null engine, starts a round of a minute in it, prints the measuring process's number and waits. */
const parentScript = `
  import { MeasuringProcess } from ${JSON.stringify(new URL('./client.ts', import.meta.url).href)};
  const child = new MeasuringProcess('null');
  const limits = ${JSON.stringify({ ...limits, shorten: undefined })};
  await child.request('open', { source: { runtime: 'null' }, inputs: {} }, limits);
  const plan = { minRuns: 1, minDurationMs: 60_000, maxDurationMs: 60_000 };
  void child.request('measureRound', { plan }, limits);
  setTimeout(() => console.log(child.pid), 300);
  setInterval(() => {}, 1000);
`;

describe('MeasuringProcess', () => {
  it.runIf(process.platform === 'linux')('dies with its parent, on kill -9 and in the middle of a round', async () => {
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', parentScript];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next();
    const pid = Number(line.value);
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => runs(pid), { timeout: 5_000, interval: 50 }).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is told to keep what it frees, blocks of 4 MB too', async () => {
    const child = new MeasuringProcess('null');
    await child.request('open', { source: { runtime: 'null' }, inputs: {} }, limits);
    const told = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0');
    await child.kill();
    const bytes = (name: string) => Number(told.find((line) => line.startsWith(`${name}=`))?.split('=')[1]);
    expect(bytes('MALLOC_MMAP_THRESHOLD_')).toBeGreaterThan(4 * 2 ** 20);
    expect(bytes('MALLOC_TRIM_THRESHOLD_')).toBeGreaterThan(4 * 2 ** 20);
  });

  it('carries none of its parent’s secrets', async () => {
    process.env['OCTET_AGENT_TOKEN'] = 'secret-of-the-agent';
    const child = new MeasuringProcess('null');
    await child.request('open', { source: { runtime: 'null' }, inputs: {} }, limits);
    const seen = ['environ', 'cmdline'].map((file) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8')).join();
    delete process.env['OCTET_AGENT_TOKEN'];
    await child.kill();
    expect(seen).toContain('measuring-process');
    expect(seen).not.toContain('secret-of-the-agent');
  });

  it('is not disturbed by a Ctrl-C that reaches the whole process group', async () => {
    const child = new MeasuringProcess('null');
    await child.request('open', { source: { runtime: 'null' }, inputs: {} }, limits);
    process.kill(child.pid as number, 'SIGINT');
    await sleep(100);
    const reply = await child.request('memory', {}, limits);
    await child.kill();
    expect(reply.peakResidentBytes).toBeGreaterThan(1e6);
  });

  it.runIf(process.platform === 'linux')('runs streams as threads of its own, and dies with them', async () => {
    const child = new MeasuringProcess('null');
    const threads = (): number => readdirSync(`/proc/${child.pid}/task`).length;
    await child.request('memory', {}, limits);
    const before = threads();
    await child.request('open', { source: { runtime: 'null' }, inputs: {}, streams: 3 }, limits);
    expect(threads()).toBeGreaterThanOrEqual(before + 3);
    const plan = { minRuns: 30, minDurationMs: 0, maxDurationMs: 10_000 };
    const { latenciesNs } = await child.request('measureRound', { plan }, limits);
    expect(latenciesNs.length).toBeGreaterThanOrEqual(1);
    expect(latenciesNs.every((between) => between > 0)).toBe(true);
    await child.kill();
    expect(runs(child.pid as number)).toBe(false);
  });

  it('answers a failing command with the words of the failure, and the next one all the same', async () => {
    const child = new MeasuringProcess('my engine');
    const early = child.request('warmUp', { minMs: 200 }, limits);
    await expect(early).rejects.toMatchObject({ code: 'engine-failed', message: 'my engine: no engine is open' });
    await expect(child.request('memory', {}, limits)).resolves.toBeDefined();
    await child.kill();
    await expect(child.request('memory', {}, limits)).rejects.toMatchObject({ code: 'engine-crashed' });
  });

  it('gives up on an engine that hangs, and ends it', async () => {
    const child = new MeasuringProcess('null');
    await child.request('open', { source: { runtime: 'null' }, inputs: {} }, limits);
    process.kill(child.pid as number, 'SIGSTOP');
    const warmUp = child.request('warmUp', { minMs: 200 }, { ...limits, timeoutMs: 200 });
    await expect(warmUp).rejects.toMatchObject({ code: 'engine-timeout' });
    await child.kill();
    expect(runs(child.pid as number)).toBe(false);
  });

  it('is ended by the abort signal', async () => {
    const child = new MeasuringProcess('null');
    const controller = new AbortController();
    await child.request('open', { source: { runtime: 'null' }, inputs: {} }, limits);
    const plan = { minRuns: 1, minDurationMs: 60_000, maxDurationMs: 60_000 };
    const round = child.request('measureRound', { plan }, { ...limits, signal: controller.signal });
    const cancelled = expect(round).rejects.toMatchObject({ code: 'engine-cancelled' });
    controller.abort();
    await cancelled;
    await child.kill();
    expect(runs(child.pid as number)).toBe(false);
  });
});

/** A zombie runs no more. */
function runs(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'X');
}
