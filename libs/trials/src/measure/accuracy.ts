import type { AccuracyBudget, AccuracyResult } from '@octet/domain';
import type { LoadedEngine } from '@octet/engines';
import { OutputComparer, type Dataset } from '@octet/quantization';

/** Samples that accuracy is judged on, at most. */
export const maxAccuracySamples = 64;

/** Ends of the scales: JSON has no infinity, and NaN outputs are as wrong as can be. */
const mostDecibels = 300;

export interface AccuracyRequest {
  /** The FP32 engine and the INT8 engine that are timed. */
  reference: Pick<LoadedEngine, 'infer'>;
  engine: Pick<LoadedEngine, 'infer'>;
  /** Held out from calibration. */
  dataset: Dataset;
  batch: number;
  budget: AccuracyBudget | null;
}

/**
 * Accuracy of an INT8 engine against FP32 over held-out inputs, batch by batch as both engines were built; null when the
 * dataset can't fill one batch. Cosine unless the budget asks for another metric that can be computed here.
 *
 * @throws OctetError of the engines, `outputs-differ`.
 */
export async function measureAccuracy(request: AccuracyRequest): Promise<AccuracyResult | null> {
  const batches = Math.floor(
    Math.min(request.dataset.count, Math.max(maxAccuracySamples, request.batch)) / request.batch,
  );
  if (batches === 0) return null;
  const comparer = new OutputComparer();
  for (let index = 0; index < batches; index++) {
    const inputs = request.dataset.batch(index * request.batch, request.batch);
    comparer.add(await request.reference.infer(inputs), await request.engine.infer(inputs));
  }
  return asResult(comparer, batches * request.batch, request.budget);
}

function asResult(comparer: OutputComparer, inputs: number, budget: AccuracyBudget | null): AccuracyResult | null {
  const { overall } = comparer.result();
  if (overall.elements === 0) return null;
  const cosine = Number.isNaN(overall.cosine) ? -1 : overall.cosine;
  const sqnr = Number.isNaN(overall.sqnrDb)
    ? -mostDecibels
    : Math.min(mostDecibels, Math.max(-mostDecibels, overall.sqnrDb));
  const metric = budget?.metric === 'sqnr' ? 'sqnr' : 'cosine';
  return {
    metric,
    value: metric === 'sqnr' ? sqnr : cosine,
    referenceValue: null,
    low: null,
    high: null,
    inputs,
    reference: 'fp32',
    all: { cosine, sqnr },
  };
}
