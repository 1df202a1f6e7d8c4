import { median, type RunMode } from '@octet/domain';
import type { ModeSamples } from '../port.js';
import type { RunTimes } from './run-times.js';
import type { TrtexecLog } from './trtexec-log.js';

/**
 * What one execution of the batch takes in a mode. One stream: compute, and with transfers both copies as well. Several
 * streams share the device, so the time inside one of them says nothing: there it is the time between two results, from the
 * throughput that trtexec reports for the whole launch.
 */
export function modeSamples(mode: RunMode, times: RunTimes, log: Pick<TrtexecLog, 'throughputPerSecond'>): ModeSamples {
  const parts = mode.transfers ? partsOf(times) : null;
  if (mode.streams > 1) return { latenciesNs: betweenResults(times, log, mode.streams), parts };
  return { latenciesNs: mode.transfers ? withCopies(times) : times.computeNs, parts };
}

function betweenResults(
  times: RunTimes,
  { throughputPerSecond }: Pick<TrtexecLog, 'throughputPerSecond'>,
  streams: number,
): Float64Array {
  if (throughputPerSecond !== null && throughputPerSecond > 0) return Float64Array.of(1e9 / throughputPerSecond);
  // A log without that line: streams that overlap wholly would give this.
  return Float64Array.of(median([...times.computeNs]) / streams);
}

function withCopies({ computeNs, h2dNs, d2hNs }: RunTimes): Float64Array {
  return computeNs.map((ns, index) => ns + (h2dNs?.[index] ?? 0) + (d2hNs?.[index] ?? 0));
}

function partsOf({ computeNs, h2dNs, d2hNs }: RunTimes): ModeSamples['parts'] {
  if (h2dNs === null || d2hNs === null) return null;
  const middle = (values: Float64Array): number => Math.round(median([...values]));
  return { hostToDeviceNs: middle(h2dNs), computeNs: middle(computeNs), deviceToHostNs: middle(d2hNs) };
}
