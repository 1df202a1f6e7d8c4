import type { StreamRuns } from './stream-loop.js';

/**
 * The time between two results of streams that ran at once, ns. Results come in bunches where streams keep step, so each
 * number is the mean over as many results as there are streams. Only the time in which all of them ran counts: from the last
 * one's beginning to the first one's end.
 */
export function betweenResults(streams: readonly StreamRuns[]): Float64Array {
  const fromNs = Math.max(...streams.map(({ startsNs }) => startsNs[0] as number));
  const untilNs = Math.min(...streams.map(({ endsNs }) => endsNs.at(-1) as number));
  const ends = streams.flatMap(({ endsNs }) => [...endsNs]).filter((endNs) => endNs > fromNs && endNs <= untilNs);
  const inOrder = Float64Array.from(ends).sort();
  const between = Array.from({ length: Math.floor(inOrder.length / streams.length) }, (_, bunch) => {
    const first = bunch * streams.length;
    const sinceNs = bunch === 0 ? fromNs : (inOrder[first - 1] as number);
    return ((inOrder[first + streams.length - 1] as number) - sinceNs) / streams.length;
  });
  return between.length === 0 ? Float64Array.of(overall(streams)) : Float64Array.from(between);
}

/** Where the round was cut off before each stream had a result while all ran: everything over the whole time. */
function overall(streams: readonly StreamRuns[]): number {
  const fromNs = Math.min(...streams.map(({ startsNs }) => startsNs[0] as number));
  const untilNs = Math.max(...streams.map(({ endsNs }) => endsNs.at(-1) as number));
  return (untilNs - fromNs) / streams.reduce((sum, { endsNs }) => sum + endsNs.length, 0);
}
