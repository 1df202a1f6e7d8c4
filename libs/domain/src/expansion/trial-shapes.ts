import type { ShapeDimension } from '../matrix.js';
import type { Refusal } from '../trial.js';
import type { ModelFacts, ModelInputFacts } from './model-facts.js';

export type ShapesAnswer = { ok: true; shapes: Record<string, number[]> } | ({ ok: false } & Refusal);

/**
 * Concrete input shapes of a trial: the matrix's values first (`batch` filled in), then the model's own numbers. A size that the
 * matrix gives to a named dimension holds for all of that name. The batch is the leading dimension, and every dimension that
 * bears the same symbol. Refuses with `no-inputs`, `fixed-batch`, `unknown-input`, `shape-rank`, `shape-fixed` or `shape-missing`.
 */
export function trialShapes(
  model: ModelFacts,
  requested: Record<string, ShapeDimension[]> | null,
  batch: number,
): ShapesAnswer {
  if (model.inputs.length === 0) return noInputs(model);
  const unknown = Object.keys(requested ?? {}).find((name) => !model.inputs.some((input) => input.name === name));
  if (unknown !== undefined) return unknownInput(model, unknown);
  const symbols = symbolSizes(model.inputs, requested ?? {}, batch);
  const shapes: Record<string, number[]> = {};
  for (const input of model.inputs) {
    const answer = inputShape(input, requested?.[input.name] ?? null, batch, symbols);
    if (!answer.ok) return answer;
    shapes[input.name] = answer.dims;
  }
  return batchMismatch(model, requested, shapes, batch) ?? { ok: true, shapes };
}

type DimsAnswer = { ok: true; dims: number[] } | ({ ok: false } & Refusal);

/** Sizes of named dimensions. */
type Symbols = ReadonlyMap<string, number>;

/** The first named leading dimension is the batch, unless the request says otherwise. */
function symbolSizes(
  inputs: readonly ModelInputFacts[],
  requested: Readonly<Record<string, ShapeDimension[]>>,
  batch: number,
): Symbols {
  const leading = inputs.find((input) => typeof input.dims[0] === 'string')?.dims[0];
  const sizes = new Map<string, number>();
  if (typeof leading === 'string') sizes.set(leading, batch);
  for (const { name, dims } of inputs) {
    for (const [index, wanted] of (requested[name] ?? []).entries()) {
      const declared = dims[index];
      if (typeof declared === 'string') sizes.set(declared, wanted === 'batch' ? batch : wanted);
    }
  }
  return sizes;
}

function inputShape(
  input: ModelInputFacts,
  requested: ShapeDimension[] | null,
  batch: number,
  symbols: Symbols,
): DimsAnswer {
  if (requested !== null && requested.length !== input.dims.length) return wrongRank(input, requested);
  const dims: number[] = [];
  for (const [index, declared] of input.dims.entries()) {
    const answer = dimension(input, index, declared, requested?.[index] ?? null, batch, symbols);
    if (typeof answer !== 'number') return answer;
    dims.push(answer);
  }
  return { ok: true, dims };
}

function dimension(
  input: ModelInputFacts,
  index: number,
  declared: number | string | null,
  requested: ShapeDimension | null,
  batch: number,
  symbols: Symbols,
): number | ({ ok: false } & Refusal) {
  const wanted = requested === 'batch' ? batch : requested;
  if (typeof declared === 'number') {
    if (wanted === null || wanted === declared) return declared;
    return requested === 'batch' ? fixedBatch(declared, batch) : fixedDimension(input, index, declared, wanted);
  }
  if (wanted !== null) return wanted;
  const known = declared === null ? undefined : symbols.get(declared);
  return known ?? (index === 0 ? batch : missing(input, index));
}

/** A model (or a request) whose leading dimensions are all fixed has one batch: the others are answered, not measured. */
function batchMismatch(
  model: ModelFacts,
  requested: Record<string, ShapeDimension[]> | null,
  shapes: Record<string, number[]>,
  batch: number,
): ({ ok: false } & Refusal) | null {
  const followsBatch = model.inputs.some((input) => {
    const asked = requested?.[input.name];
    if (asked !== undefined) return asked.includes('batch');
    return typeof input.dims[0] !== 'number' && input.dims.length > 0;
  });
  if (followsBatch) return null;
  const leading = Object.values(shapes).find((dims) => dims.length > 0)?.[0] ?? 1;
  return leading === batch ? null : fixedBatch(leading, batch);
}

function fixedBatch(fixed: number, batch: number): { ok: false } & Refusal {
  return {
    ok: false,
    code: 'fixed-batch',
    message: `The model has a fixed batch of ${fixed} and can't run batch ${batch}: export it with a dynamic first dimension, or ask for batch ${fixed}.`,
  };
}

function fixedDimension(
  input: ModelInputFacts,
  index: number,
  declared: number,
  wanted: number,
): { ok: false } & Refusal {
  return {
    ok: false,
    code: 'shape-fixed',
    message: `Input ${input.name} is fixed to ${declared} in dimension ${index}; the matrix asks for ${wanted}. Its shape is ${shown(input)}.`,
  };
}

function wrongRank(input: ModelInputFacts, requested: readonly ShapeDimension[]): { ok: false } & Refusal {
  return {
    ok: false,
    code: 'shape-rank',
    message: `Input ${input.name} has ${input.dims.length} dimensions, ${shown(input)}; the matrix gives ${requested.length}: [${requested.join(', ')}].`,
  };
}

function missing(input: ModelInputFacts, index: number): { ok: false } & Refusal {
  return {
    ok: false,
    code: 'shape-missing',
    message: `Input ${input.name} has a dynamic dimension ${index} without a value: give shapes: [{ ${input.name}: ${example(input)} }] (bench: --shape).`,
  };
}

function noInputs({ name }: ModelFacts): { ok: false } & Refusal {
  return {
    ok: false,
    code: 'no-inputs',
    message: `${name} has no inputs: every run computes the same, so there is nothing to calibrate or to judge. Export it with its data as inputs of the graph.`,
  };
}

function unknownInput(model: ModelFacts, name: string): { ok: false } & Refusal {
  const known = model.inputs.map((input) => input.name).join(', ');
  return {
    ok: false,
    code: 'unknown-input',
    message: `${model.name} has no input called ${name}; its inputs are: ${known}.`,
  };
}

function shown(input: ModelInputFacts): string {
  return `[${input.dims.map((dim) => dim ?? '?').join(', ')}]`;
}

function example(input: ModelInputFacts): string {
  return `[${input.dims.map((dim, index) => (typeof dim === 'number' ? dim : index === 0 ? 'batch' : '<n>')).join(', ')}]`;
}
