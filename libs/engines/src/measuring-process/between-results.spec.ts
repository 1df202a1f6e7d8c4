import { expect, it } from 'vitest';
import { betweenResults } from './between-results.js';
import type { StreamRuns } from './stream-loop.js';

/** Back to back: each run begins where the one before ended. */
const stream = (startNs: number, ...endsNs: number[]): StreamRuns => ({
  startsNs: Float64Array.of(startNs, ...endsNs.slice(0, -1)),
  endsNs: Float64Array.from(endsNs),
});

it('halves the time of a run for two streams in step, whose results come in pairs', () => {
  expect([...betweenResults([stream(0, 100, 200, 300), stream(0, 101, 202, 303)])]).toEqual([50.5, 50.5]);
  expect([...betweenResults([stream(0, 100, 200, 300), stream(0, 100, 200, 300)])]).toEqual([50, 50, 50]);
});

it('gives the same where they alternate, and with unlike streams what both serve', () => {
  expect([...betweenResults([stream(0, 100, 200, 300), stream(0, 50, 150, 250, 350)])]).toEqual([50, 50, 50]);
  // One result in 100 and one in 50: three in 100.
  const unlike = betweenResults([stream(0, 100, 200, 300, 400), stream(0, 50, 100, 150, 200, 250, 300, 350, 400)]);
  expect(unlike.reduce((sum, ns) => sum + ns) / unlike.length).toBeCloseTo(100 / 3, 6);
});

it('counts only the time in which all streams ran', () => {
  // Before 50 the second has not begun, after 300 the first has ended.
  const between = betweenResults([stream(0, 40, 150, 300), stream(50, 170, 290, 900)]);
  expect([...between]).toEqual([60, 65]);
});

it('takes everything over the whole time where they hardly met', () => {
  expect([...betweenResults([stream(0, 100), stream(150, 400)])]).toEqual([200]);
});
