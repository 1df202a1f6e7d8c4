import type { AccuracyBudget, AccuracyResult } from '@octet/domain';
import type { LoadedEngine } from '@octet/engines';
import { evaluate, subset, type AccuracyReport, type Dataset } from '@octet/quantization';

/** Samples that likeness is judged on, at most; more where labels are counted. */
export const maxAccuracySamples = 64;
export const maxLabelledSamples = 512;
/** A runtime that starts a process for each batch (some tenths of a second) stops here; the result says how many it saw. */
const mostMs = 60_000;
/** Batches that are compared whatever they take. */
const fewestBatches = 8;

/** Ends of the scales: JSON has no infinity, and NaN outputs are as wrong as can be. */
const mostDecibels = 300;

export interface AccuracyRequest {
  /** The FP32 engine and the engine that is judged, both as they are timed. */
  reference: Pick<LoadedEngine, 'infer'>;
  engine: Pick<LoadedEngine, 'infer'>;
  /** Held out from calibration. */
  dataset: Dataset;
  batch: number;
  budget: AccuracyBudget | null;
  /** Monotonic, ms. */
  nowMs: () => number;
}

/**
 * Accuracy of an engine against FP32 over held-out inputs, batch by batch as both engines were built; null when the dataset
 * can't fill one batch, or the outputs hold no floats. The metric is the budget's where it can be computed, else cosine.
 *
 * @throws OctetError of the engines, `outputs-differ`.
 */
export async function measureAccuracy(request: AccuracyRequest): Promise<AccuracyResult | null> {
  const { reference, engine, dataset, batch, budget, nowMs } = request;
  const endMs = nowMs() + mostMs;
  const most = dataset.labels === null ? maxAccuracySamples : maxLabelledSamples;
  const count = Math.min(dataset.count, Math.max(most, batch));
  if (count < batch) return null;
  const part = subset(
    dataset,
    Int32Array.from({ length: count }, (_, index) => index),
    `accuracy-${count}`,
  );
  const report = await evaluate(
    (inputs) => reference.infer(inputs),
    (inputs) => engine.infer(inputs),
    part,
    batch,
    (done) => done < fewestBatches || nowMs() < endMs,
  );
  return report.overall.elements === 0 ? null : accuracyResult(report, budget);
}

/** A report as the record keeps it. Top-k with its Wilson interval where the budget asks for it and there are labels. */
export function accuracyResult(report: AccuracyReport, budget: AccuracyBudget | null): AccuracyResult {
  const { labelled, agreement, inputs } = report;
  const cosine = cosineInRange(report.overall.cosine);
  const sqnr = decibels(report.overall.sqnrDb);
  const base = {
    inputs,
    reference: 'fp32' as const,
    all: {
      cosine,
      sqnr,
      agreement: agreement?.value ?? null,
      top1: labelled?.top1.value ?? null,
      top5: labelled?.top5.value ?? null,
    },
  };
  if (labelled !== null && (budget?.metric === 'top1' || budget?.metric === 'top5')) {
    const [own, reference] =
      budget.metric === 'top1' ? [labelled.top1, labelled.referenceTop1] : [labelled.top5, labelled.referenceTop5];
    const { low = null, high = null } = own.interval ?? {};
    return { ...base, metric: budget.metric, value: own.value, referenceValue: reference.value, low, high };
  }
  const likeness = { ...base, referenceValue: null, low: null, high: null };
  return budget?.metric === 'sqnr'
    ? { ...likeness, metric: 'sqnr', value: sqnr }
    : { ...likeness, metric: 'cosine', value: cosine };
}

/** NaN outputs are as unlike as can be. */
export function cosineInRange(value: number): number {
  return Number.isNaN(value) ? -1 : value;
}

/** Within the ends of the scale. */
export function decibels(value: number): number {
  return Number.isNaN(value) ? -mostDecibels : Math.min(mostDecibels, Math.max(-mostDecibels, value));
}
