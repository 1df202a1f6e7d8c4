import type { TrialProgress } from '@octet/protocol';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { throttleProgress } from './progress-throttle.js';

function progress(phase: TrialProgress['phase'], rounds: number): TrialProgress {
  return {
    phase,
    message: '',
    rounds,
    interval: null,
    secondsLeft: null,
    cache: { hits: 0, builds: 0, calibrations: 0 },
  };
}

test('a new phase goes through at once; of many rounds the first and, in time, the last', async () => {
  const sent: [string, number][] = [];
  const throttle = throttleProgress((one) => sent.push([one.phase, one.rounds]), 50);
  throttle.push(progress('build', 0));
  for (let rounds = 1; rounds <= 10; rounds += 1) throttle.push(progress('rounds', rounds));
  expect(sent).toEqual([
    ['build', 0],
    ['rounds', 1],
  ]);
  await sleep(80);
  expect(sent.at(-1)).toEqual(['rounds', 10]);
  throttle.push(progress('rounds', 11));
  throttle.stop();
  await sleep(80);
  expect(sent).toHaveLength(3);
});
