import { expect, test } from 'vitest';
import { fakeClock } from './fake-clock.js';

test('wakes sleepers in the order of their moments, also those that sleep again', async () => {
  const clock = fakeClock(1_000);
  const woken: [string, number][] = [];
  const late = clock.sleep(50).then(() => woken.push(['late', clock.now()]));
  const twice = clock
    .sleep(10)
    .then(() => clock.sleep(20))
    .then(() => woken.push(['twice', clock.now()]));
  await clock.advance(49);
  expect(woken).toEqual([['twice', 1_030]]);
  await clock.advance(1);
  await Promise.all([late, twice]);
  expect(woken).toEqual([
    ['twice', 1_030],
    ['late', 1_050],
  ]);
  expect(clock.now()).toBe(1_050);
});
