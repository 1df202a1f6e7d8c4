import { describe, expect, it } from 'vitest';
import { modeSamples } from './mode-samples.js';

const one = { graph: true, transfers: false, streams: 1 };
const times = {
  computeNs: Float64Array.of(100, 120, 110),
  h2dNs: Float64Array.of(10, 30, 20),
  d2hNs: Float64Array.of(1, 3, 2),
  invalid: 0,
};

describe('modeSamples', () => {
  it('is compute alone without transfers', () => {
    expect(modeSamples({ ...one, graph: false }, times, { throughputPerSecond: 5 })).toEqual({
      latenciesNs: times.computeNs,
      parts: null,
    });
  });

  it('adds both copies of the same run with transfers, and tells the median of each part', () => {
    expect(modeSamples({ ...one, transfers: true }, times, { throughputPerSecond: null })).toEqual({
      latenciesNs: Float64Array.of(111, 153, 132),
      parts: { hostToDeviceNs: 20, computeNs: 110, deviceToHostNs: 2 },
    });
  });

  it('has no parts where the version does not tell the copies', () => {
    const untold = { ...times, h2dNs: null, d2hNs: null };
    expect(modeSamples({ ...one, transfers: true }, untold, { throughputPerSecond: null })).toEqual({
      latenciesNs: times.computeNs,
      parts: null,
    });
  });

  it('is the time between two results with several streams', () => {
    const two = { ...one, streams: 2 };
    expect(modeSamples(two, times, { throughputPerSecond: 20_000 }).latenciesNs).toEqual(Float64Array.of(50_000));
    expect(modeSamples(two, times, { throughputPerSecond: null }).latenciesNs).toEqual(Float64Array.of(55));
    expect(modeSamples(two, times, { throughputPerSecond: 0 }).latenciesNs).toEqual(Float64Array.of(55));
  });
});
