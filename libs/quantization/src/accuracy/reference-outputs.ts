import type { Dataset } from '../dataset/dataset.js';
import type { FloatRunner, FloatSession, TensorMap } from '../tensor.js';
import { evaluate, type AccuracyReport } from './evaluate.js';

/** The float model's outputs over a dataset, run once and kept: many candidates are compared with them. */
export interface ReferenceOutputs {
  dataset: Dataset;
  batchSize: number;
  batches: TensorMap[];
}

export async function runReference(
  runner: FloatRunner,
  modelPath: string,
  dataset: Dataset,
  batchSize: number,
): Promise<ReferenceOutputs> {
  const session = await runner.open(modelPath);
  const batches: TensorMap[] = [];
  try {
    for (let from = 0; from + batchSize <= dataset.count; from += batchSize) {
      batches.push(await session.run(dataset.batch(from, batchSize)));
    }
  } finally {
    await session.dispose();
  }
  return { dataset, batchSize, batches };
}

/** Accuracy of a candidate model against kept reference outputs. */
export async function compareWithReference(
  runner: FloatRunner,
  candidatePath: string,
  reference: ReferenceOutputs,
): Promise<AccuracyReport> {
  const session: FloatSession = await runner.open(candidatePath);
  let next = 0;
  const kept = (): Promise<TensorMap> => Promise.resolve(reference.batches[next++]!);
  try {
    return await evaluate(kept, (inputs) => session.run(inputs), reference.dataset, reference.batchSize);
  } finally {
    await session.dispose();
  }
}
