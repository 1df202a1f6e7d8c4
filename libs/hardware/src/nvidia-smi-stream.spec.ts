import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseGpuProcesses, watchGpu } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-smi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that prints lines as nvidia-smi -lms does; numbers are made up. */
function fakeSmi(name: string, body: string): string[] {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "$@" >> ${path}.calls\n${body}\n`);
  chmodSync(path, 0o755);
  return [path];
}
const line = (mhz: number) => `echo "GPU-1, ${mhz}, 2619, 41, 310.5, 99, 0x0000000000000020"`;

test('gives each line of one process that goes on printing', async () => {
  const command = fakeSmi('steady', `while :; do ${line(1980)}; sleep 0.02; done`);
  const watch = watchGpu('GPU-1', command);
  expect(watch.intervalMs).toBeLessThanOrEqual(1000);
  const reading = await watch.read();
  expect(reading).toMatchObject({ smClockMhz: 1980, powerW: 310.5, throttle: ['sw-thermal-slowdown'] });
  await watch.read();
  watch.stop();
  expect(await watch.read()).toMatchObject({ smClockMhz: null });
  const calls = readFileSync(`${command[0]}.calls`, 'utf8').trim().split('\n');
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatch(/^-i GPU-1 --query-gpu=.* -lms \d+$/);
});

test('asks under the newer name of a field that the driver no longer knows', async () => {
  const fields = `case "$*" in *clocks_throttle*) echo 'Field "clocks_throttle_reasons.active" is not a valid field to query.'; exit 2;; esac`;
  const watch = watchGpu('GPU-1', fakeSmi('new', `${fields}\nwhile :; do ${line(1980)}; sleep 0.02; done`));
  expect(await watch.read()).toMatchObject({ smClockMhz: 1980, throttle: ['sw-thermal-slowdown'] });
  watch.stop();
});

test('asks again without a field that an older driver does not know', async () => {
  const fields = `case "$*" in *clocks_throttle*) echo 'Field "clocks_throttle_reasons.active" is not a valid field to query.'; exit 2;; *clocks_event*) echo 'Field "clocks_event_reasons.active" is not a valid field to query.'; exit 2;; esac`;
  const body = `${fields}\nwhile :; do echo "GPU-1, 1410, 1215, 40, 100, 50"; sleep 0.02; done`;
  const watch = watchGpu('GPU-1', fakeSmi('old', body));
  expect(await watch.read()).toMatchObject({ smClockMhz: 1410, utilization: 0.5, throttle: [] });
  watch.stop();
});

test('tells nothing where there is no nvidia-smi, or it ends', async () => {
  expect(await watchGpu('GPU-1', [join(folder, 'nowhere')]).read()).toMatchObject({ smClockMhz: null });
  const broken = watchGpu('GPU-1', fakeSmi('broken', 'echo "NVIDIA-SMI has failed"; exit 9'));
  expect(await broken.read()).toMatchObject({ powerW: null });
  broken.stop();
});

test('processes of one GPU; names may hold commas, memory may be unknown', () => {
  const csv =
    'GPU-1, 4711, 512, /usr/bin/python3, train\nGPU-2, 5, 10, x\nGPU-1, 12, [N/A], tritonserver\nNo running processes found\n';
  expect(parseGpuProcesses(csv, 'GPU-1')).toEqual([
    { pid: 4711, name: '/usr/bin/python3, train', memoryBytes: 512 * 2 ** 20 },
    { pid: 12, name: 'tritonserver', memoryBytes: null },
  ]);
});
