import { describe, expect, it } from 'vitest';
import { engineRecord, roundRecord, trialRecord } from '@octet/testing';
import { engineSummaries, latencySummary } from './latency-summary.js';

/** 1 to 100 us in ten rounds of ten, shuffled over the rounds. */
const rounds = Array.from({ length: 10 }, (_, index) => ({
  ...roundRecord(index, {}),
  samples: { fp32: Array.from({ length: 10 }, (_unused, i) => 1000 * (10 * i + ((index * 7) % 10) + 1)) },
}));

describe('latencySummary', () => {
  it('gives the percentiles of all samples', () => {
    // Definition 7 on 1 .. 100: 1 + 99 p.
    expect(latencySummary(rounds, 'fp32', 4)).toEqual({
      samples: 100,
      rounds: 10,
      minNs: 1000,
      meanNs: 50_500,
      p50Ns: 50_500,
      p90Ns: 90_100,
      p95Ns: 95_050,
      p99Ns: 99_010,
      maxNs: 100_000,
      throughputPerSecond: expect.closeTo(4e9 / 50_500, 6),
    });
  });

  it('leaves voided rounds out', () => {
    const hot = { ...roundRecord(10, { fp32: 9_000_000 }), voided: { code: 'throttled', message: 'hot' } };
    expect(latencySummary([...rounds, hot], 'fp32', 1)).toMatchObject({ samples: 100, maxNs: 100_000 });
    expect(latencySummary([hot], 'fp32', 1)).toBeNull();
  });

  it('is null for a label that never ran', () => {
    expect(latencySummary(rounds, 'int8', 1)).toBeNull();
    expect(latencySummary([], 'fp32', 1)).toBeNull();
  });
});

describe('engineSummaries', () => {
  it('tells load, build, size and memory beside the times; absent is null', () => {
    const record = trialRecord({
      engines: [engineRecord(), engineRecord({ label: 'fp16', variant: 'fp16', status: 'failed', build: null })],
    });
    const [fp32, fp16] = engineSummaries(record);
    expect(fp32).toMatchObject({
      label: 'fp32',
      latency: { p50Ns: 2_000_000, throughputPerSecond: 500, samples: 90, rounds: 9 },
      buildNs: 1_000_000,
      firstLoadNs: 100_000,
      warmLoadNs: null,
      sizeBytes: 4_096,
      peakMemoryBytes: 8_192,
      energyMillijoules: null,
      cacheHit: false,
    });
    expect(fp16).toEqual({
      label: 'fp16',
      variant: 'fp16',
      status: 'failed',
      latency: null,
      cacheHit: null,
      buildNs: null,
      firstLoadNs: null,
      warmLoadNs: null,
      sizeBytes: null,
      peakMemoryBytes: null,
      energyMillijoules: null,
      sha256: null,
      calibrationTableSha256: null,
    });
  });
});
