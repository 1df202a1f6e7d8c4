import type { BlobRef, Refusal } from '../trial.js';

/** An input of a model as its file declares it: a number, a symbol (`N`), or null where the file says nothing. */
export interface ModelInputFacts {
  name: string;
  dims: (number | string | null)[];
}

/** What expansion needs to know of a model; the ONNX lib's inspection has it. */
export interface ModelFacts extends BlobRef {
  inputs: ModelInputFacts[];
}

/** A matrix model after its source was looked up; `refusal` when it could not be read: its own cells only are answered so. */
export type ResolvedModel =
  | { facts: ModelFacts; dataset: BlobRef | null; refusal: null }
  | { facts: BlobRef | { name: string; sha256: null }; dataset: null; refusal: Refusal };
