import { expect, test } from 'vitest';
import { keepRunning, restartDelayMs, type Startable } from './keep-running.js';

interface Fake extends Startable {
  die(): void;
  stopped: boolean;
}

function fake(): Fake {
  let end: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => (end = resolve));
  const program: Fake = {
    exited,
    stopped: false,
    die: () => end(),
    askToStop: () => undefined,
    stop: async () => {
      program.stopped = true;
      end();
    },
  };
  return program;
}

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('delays double from a quarter of a second to ten', () => {
  expect([1, 2, 3, 6, 7, 40].map(restartDelayMs)).toEqual([250, 500, 1_000, 8_000, 10_000, 10_000]);
});

test('a program that dies is started again; one that does not start is tried again', async () => {
  const started: Fake[] = [];
  const told: string[] = [];
  let refusals = 1;
  const start = (): Promise<Startable> => {
    if (started.length === 1 && refusals > 0) {
      refusals -= 1;
      return Promise.reject(new Error('port in use'));
    }
    started.push(fake());
    return Promise.resolve(started.at(-1) as Fake);
  };
  const kept = await keepRunning('it', start, (line) => told.push(line));
  started[0]?.die();
  await settle(1_000);
  expect(started).toHaveLength(2);
  expect(told[0]).toBe('it ended; starting it again in 250 ms');
  expect(told[1]).toContain('port in use');
  await kept.stop();
  expect(started[1]?.stopped).toBe(true);
  await settle(600);
  expect(started).toHaveLength(2);
});

test('stopped while it waits to start again, it starts nothing and stops at once', async () => {
  const programs = [fake()];
  const kept = await keepRunning(
    'it',
    () => Promise.resolve(programs[0] as Fake),
    () => undefined,
  );
  programs[0]?.die();
  await settle(20);
  const before = performance.now();
  await kept.stop();
  expect(performance.now() - before).toBeLessThan(200);
});

test("the first start's failure is the caller's", async () => {
  await expect(
    keepRunning(
      'it',
      () => Promise.reject(new Error('no')),
      () => undefined,
    ),
  ).rejects.toThrow('no');
});
