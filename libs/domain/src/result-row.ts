import type { AccuracyResult } from './trial.js';

export type Verdict =
  'unsupported' | 'not-measured' | 'unstable' | 'accuracy-fails' | 'slower' | 'worth-it' | 'not-worth-it' | 'undecided';

export interface Reason {
  id: string;
  severity: 'info' | 'warning' | 'critical';
  evidence: Record<string, unknown>;
  advice: string;
}

/** Times of one execution of the batch, integer ns. tQuantNs + tInt8Ns + tDequantNs = int8EndToEndNs, to the nanosecond. */
export interface Times {
  tFloatNs: number;
  tQuantNs: number | null;
  tInt8Ns: number | null;
  tDequantNs: number | null;
  int8EndToEndNs: number;
  /** Sums to tInt8Ns (rounding residue to int8Ns). */
  int8Parts: { int8Ns: number; floatNs: number; conversionNs: number; overheadNs: number } | null;
  /** The constant c that profiling added to each layer (design.md section 2). */
  layerOverheadNs: number | null;
  /** Sum of layer medians / end-to-end median. */
  layerSumRatio: number | null;
  /** Number of layers with a conversion inside that can't be timed apart. */
  fused: { quantize: number; dequantize: number } | null;
}

/** One row for each trial and recipe of `bench --json`, `verdicts --json` and the API. Absent is null, never a missing key. */
export interface ResultRow {
  model: { name: string; sha256: string };
  device: { class: string; name: string; architecture: string };
  runtime: { name: string; version: string | null };
  batch: number;
  shapes: Record<string, number[]>;
  recipe: Record<string, unknown> | null;
  floatVariant: string | null;
  floats: Record<string, number>;
  times: Times | null;
  gainNs: number | null;
  speedup: { median: number; low: number; high: number } | null;
  rounds: number;
  accuracy: Pick<AccuracyResult, 'metric' | 'value' | 'inputs' | 'reference'> | null;
  verdict: Verdict;
  reasons: Reason[];
}
