import { mean, quantileOfSorted, sorted } from './statistics/index.js';
import type { EngineRecord, RoundRecord, TrialRecord } from './trial.js';

/** How long one engine took, over every raw sample of the rounds that count. Integer ns of one execution of the batch. */
export interface LatencySummary {
  samples: number;
  rounds: number;
  minNs: number;
  meanNs: number;
  /** Percentiles by linear interpolation (definition 7 of Hyndman & Fan, 1996). */
  p50Ns: number;
  p90Ns: number;
  p95Ns: number;
  p99Ns: number;
  maxNs: number;
  /** Inferences a second, back to back: batch / mean. */
  throughputPerSecond: number;
}

/** What the record keeps of one engine beside its layers: absent is null. */
export interface EngineSummary {
  label: string;
  variant: EngineRecord['variant'];
  status: EngineRecord['status'];
  /** null where no sample counts. */
  latency: LatencySummary | null;
  cacheHit: boolean | null;
  buildNs: number | null;
  firstLoadNs: number | null;
  warmLoadNs: number | null;
  sizeBytes: number | null;
  peakMemoryBytes: number | null;
  /** Energy of one execution of the batch, mJ, whole device. */
  energyMillijoules: number | null;
  sha256: string | null;
  calibrationTableSha256: string | null;
}

/**
 * Summary of one label's samples; null if it has none in a round that counts. A verdict rests on paired round medians
 * (`endToEndNs`), not on this: here a round with more samples weighs more, as in any serving log.
 */
export function latencySummary(rounds: readonly RoundRecord[], label: string, batch: number): LatencySummary | null {
  const series = rounds
    .filter((round) => round.voided === null)
    .map((round) => round.samples[label] ?? [])
    .filter((samples) => samples.length > 0);
  if (series.length === 0) return null;
  const ascending = sorted(series.flat());
  const at = (p: number): number => Math.round(quantileOfSorted(ascending, p));
  const meanNs = mean(ascending);
  return {
    samples: ascending.length,
    rounds: series.length,
    minNs: at(0),
    meanNs: Math.round(meanNs),
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p95Ns: at(0.95),
    p99Ns: at(0.99),
    maxNs: at(1),
    throughputPerSecond: (batch * 1e9) / meanNs,
  };
}

/** One summary for each engine of a record, in its order. */
export function engineSummaries({
  engines,
  rounds,
  spec,
}: Pick<TrialRecord, 'engines' | 'rounds' | 'spec'>): EngineSummary[] {
  return engines.map(({ label, variant, status, build, energyMillijoules }) => ({
    label,
    variant,
    status,
    latency: latencySummary(rounds, label, spec.batch),
    cacheHit: build?.cacheHit ?? null,
    buildNs: build?.buildNs ?? null,
    firstLoadNs: build?.firstLoadNs ?? null,
    warmLoadNs: build?.warmLoadNs ?? null,
    sizeBytes: build?.sizeBytes ?? null,
    peakMemoryBytes: build?.peakMemoryBytes ?? null,
    energyMillijoules: energyMillijoules ?? null,
    sha256: build?.sha256 ?? null,
    calibrationTableSha256: build?.calibrationTableSha256 ?? null,
  }));
}
