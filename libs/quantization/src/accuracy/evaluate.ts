import { OctetError } from '@octet/domain';

import { checkWindow, type Dataset } from '../dataset/dataset.js';
import type { FloatRunner, FloatSession, TensorMap } from '../tensor.js';
import { OutputComparer, type OutputComparison } from './compare.js';
import { argMax, rankOf, scoreOutput, scoreRows, shareOf, type Share } from './top-k.js';

/** Anything that runs a batch: a session, or the engine that was timed. */
export type RunBatch = (inputs: TensorMap) => Promise<TensorMap>;

export interface AccuracyReport extends OutputComparison {
  /** Inputs compared. */
  inputs: number;
  /** Share of positions with the same best class; null where outputs are no scores. */
  agreement: Share | null;
  /** Against labels; null without labels or scores. */
  labelled: { top1: Share; top5: Share; referenceTop1: Share; referenceTop5: Share } | null;
}

function labelOutside(label: number, classes: number): OctetError {
  return new OctetError(
    'dataset-labels',
    `A label is ${label}, but the model's output has classes 0 to ${classes - 1}. Give the labels as class indices of this model.`,
    { details: { label, classes } },
  );
}

/** Running counts over batches. */
class ClassCounter {
  #rows = 0;
  #same = 0;
  #hits = { top1: 0, top5: 0, referenceTop1: 0, referenceTop5: 0 };

  add(reference: Float32Array[], candidate: Float32Array[], labels: ArrayLike<number> | null): void {
    reference.forEach((scores, i) => {
      this.#rows++;
      const own = candidate[i]!;
      if (argMax(scores) === argMax(own)) this.#same++;
      if (labels !== null) this.#addLabel(scores, own, labels[i]!);
    });
  }

  #addLabel(reference: Float32Array, candidate: Float32Array, label: number): void {
    const [mine, theirs] = [rankOf(candidate, label), rankOf(reference, label)];
    if (label < 0 || label >= reference.length) throw labelOutside(label, reference.length);
    if (mine < 1) this.#hits.top1++;
    if (mine < 5) this.#hits.top5++;
    if (theirs < 1) this.#hits.referenceTop1++;
    if (theirs < 5) this.#hits.referenceTop5++;
  }

  agreement(): Share | null {
    return this.#rows === 0 ? null : shareOf(this.#same, this.#rows);
  }

  labelled(): NonNullable<AccuracyReport['labelled']> {
    const { top1, top5, referenceTop1, referenceTop5 } = this.#hits;
    const share = (hits: number): Share => shareOf(hits, this.#rows);
    return {
      top1: share(top1),
      top5: share(top5),
      referenceTop1: share(referenceTop1),
      referenceTop5: share(referenceTop5),
    };
  }
}

/**
 * Compares a candidate with its float reference over a dataset: SQNR, cosine and largest error for each output, agreement
 * of the best class, top-1 and top-5 where there are labels. `goesOn` is asked before each batch after the first; the report's
 * `inputs` say how many were compared.
 */
export async function evaluate(
  reference: RunBatch,
  candidate: RunBatch,
  dataset: Dataset,
  batchSize = 1,
  goesOn: (batchesDone: number) => boolean = () => true,
): Promise<AccuracyReport> {
  const comparer = new OutputComparer();
  const classes = new ClassCounter();
  checkWindow(dataset.count, 0, batchSize);
  const batches = Math.floor(dataset.count / batchSize);
  let done = 0;
  for (let i = 0; i < batches && (i === 0 || goesOn(i)); i++) {
    const inputs = dataset.batch(i * batchSize, batchSize);
    const [ours, theirs] = [await candidate(inputs), await reference(inputs)];
    comparer.add(theirs, ours);
    const labels = dataset.labels?.subarray(i * batchSize, (i + 1) * batchSize) ?? null;
    const rows = labels === null ? positionRows : scoreRows;
    if (hasScores(theirs)) classes.add(rows(scoreOutput(theirs)), rows(scoreOutput(ours)), labels);
    done = i + 1;
  }
  const agreement = classes.agreement();
  const labelled = agreement === null || dataset.labels === null ? null : classes.labelled();
  return { ...comparer.result(), inputs: done * batchSize, agreement, labelled };
}

/** Without labels each position of a sequence is a row of its own. */
function positionRows(output: TensorMap[string]): Float32Array[] {
  const classes = output.dims.at(-1)!;
  const data = output.data as Float32Array;
  return Array.from({ length: data.length / classes }, (_, i) => data.subarray(i * classes, (i + 1) * classes));
}

/** At least two classes along the last dimension of the first float output. */
function hasScores(outputs: TensorMap): boolean {
  const found = Object.values(outputs).find((tensor) => tensor.data instanceof Float32Array);
  return found !== undefined && (found.dims.at(-1) ?? 0) >= 2;
}

/** Opens two models, compares them over a dataset and closes them. */
export async function evaluateModels(
  runner: FloatRunner,
  referencePath: string,
  candidatePath: string,
  dataset: Dataset,
  batchSize = 1,
): Promise<AccuracyReport> {
  const opened: FloatSession[] = [];
  try {
    for (const path of [referencePath, candidatePath]) opened.push(await runner.open(path));
    const [reference, candidate] = opened;
    return await evaluate(
      (inputs) => reference!.run(inputs),
      (inputs) => candidate!.run(inputs),
      dataset,
      batchSize,
    );
  } finally {
    await Promise.all(opened.map((session) => session.dispose()));
  }
}
