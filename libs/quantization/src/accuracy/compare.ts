import { OctetError } from '@octet/domain';

import type { TensorMap } from '../tensor.js';

/** Likeness of two sets of values. */
export interface Similarity {
  /** Cosine of the angle between them, in [-1, 1]; 1 if both are all zero, 0 if one is. */
  cosine: number;
  /** 10 log10(sum r^2 / sum (r - c)^2), dB; Infinity for equal values, -Infinity for noise on a silent reference. */
  sqnrDb: number;
  /** Largest |r - c|. */
  maxError: number;
  elements: number;
}

/** Sums from which a similarity follows; they add up over batches. */
export interface SimilaritySums {
  reference: number;
  candidate: number;
  product: number;
  noise: number;
  maxError: number;
  elements: number;
}

export function emptySums(): SimilaritySums {
  return { reference: 0, candidate: 0, product: 0, noise: 0, maxError: 0, elements: 0 };
}

/** Adds the values of one tensor. NaN in the candidate makes every figure NaN, on purpose. */
export function addSums(sums: SimilaritySums, reference: ArrayLike<number>, candidate: ArrayLike<number>): void {
  for (let i = 0; i < reference.length; i++) {
    const r = reference[i]!;
    const c = candidate[i]!;
    const error = Math.abs(r - c);
    sums.reference += r * r;
    sums.candidate += c * c;
    sums.product += r * c;
    sums.noise += error * error;
    if (error > sums.maxError || Number.isNaN(error)) sums.maxError = error;
  }
  sums.elements += reference.length;
}

export function similarityOf(sums: SimilaritySums): Similarity {
  const norm = Math.sqrt(sums.reference * sums.candidate);
  const bothZero = sums.reference === 0 && sums.candidate === 0;
  return {
    cosine: bothZero ? 1 : norm === 0 ? 0 : Math.min(1, Math.max(-1, sums.product / norm)),
    sqnrDb: sums.noise === 0 ? Infinity : 10 * Math.log10(sums.reference / sums.noise),
    maxError: sums.maxError,
    elements: sums.elements,
  };
}

export interface OutputComparison {
  outputs: Record<string, Similarity>;
  /** Over the elements of all float outputs together. */
  overall: Similarity;
}

/** Gathers the comparison of two models' outputs over many batches. */
export class OutputComparer {
  readonly #outputs = new Map<string, SimilaritySums>();
  readonly #overall = emptySums();

  /** Adds one batch. Throws OctetError `outputs-differ` when names or sizes disagree. Integer outputs are skipped. */
  add(reference: TensorMap, candidate: TensorMap): void {
    for (const [name, tensor] of Object.entries(reference)) {
      if (!(tensor.data instanceof Float32Array)) continue;
      const other = candidate[name];
      if (!(other?.data instanceof Float32Array) || other.data.length !== tensor.data.length) throw differ(name);
      const sums = this.#outputs.get(name) ?? emptySums();
      this.#outputs.set(name, sums);
      addSums(sums, tensor.data, other.data);
      addSums(this.#overall, tensor.data, other.data);
    }
  }

  result(): OutputComparison {
    const outputs = Object.fromEntries([...this.#outputs].map(([name, sums]) => [name, similarityOf(sums)]));
    return { outputs, overall: similarityOf(this.#overall) };
  }
}

function differ(name: string): OctetError {
  return new OctetError(
    'outputs-differ',
    `The models disagree about output "${name}" (missing, or of another size). Compare two forms of one model.`,
  );
}

/** Compares the outputs of one batch: cosine, SQNR and largest error for each float output and overall. */
export function compareOutputs(reference: TensorMap, candidate: TensorMap): OutputComparison {
  const comparer = new OutputComparer();
  comparer.add(reference, candidate);
  return comparer.result();
}
