import type { Refusal, ShapeDimension } from '@octet/domain';
import type { Dim } from '../build.js';

/** An input as `inspectModel` tells it; anything with a name and a shape will do. */
export interface ShapedInput {
  name: string;
  shape: readonly Dim[] | null;
}

/** Values asked for: sizes, and the word `batch`. Inputs that are left out take the model's own shape. */
export type RequestedShapes = Readonly<Record<string, readonly ShapeDimension[]>>;

export type ResolvedShapes = { ok: Record<string, number[]> } | { refusal: Refusal & { dims: string[] } };

class Refused {
  constructor(
    readonly code: string,
    readonly message: string,
    readonly dims: string[] = [],
  ) {}
}

const batchNames = /^(n|b|bs|batch.*|.*batch(_?size)?|unk__\d+|dynamic_?batch)$/i;

/** Where a model takes its batch: the first dimension of an input, if that is dynamic or bears a batch's name. */
function batchAxis(input: ShapedInput): number | null {
  const { shape } = input;
  if (shape === null || shape.length === 0) return null;
  const named = shape.findIndex((dim) => typeof dim === 'string' && batchNames.test(dim));
  if (named >= 0) return named;
  return typeof shape[0] === 'number' ? null : 0;
}

function text(shape: readonly Dim[] | null): string {
  return shape === null ? 'of unknown rank' : `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
}

function fixedBatch(input: ShapedInput, fixed: number, batch: number): Refused {
  return new Refused(
    'fixed-batch',
    `The batch is fixed at ${fixed} (input "${input.name}" is ${text(input.shape)}), so it can't run at ${batch}. Export the model with a dynamic first dimension, or ask for batch ${fixed}.`,
  );
}

function mismatch(input: ShapedInput, requested: readonly ShapeDimension[]): Refused {
  return new Refused(
    'shape-mismatch',
    `Input "${input.name}" is ${text(input.shape)}; [${requested.join(', ')}] does not fit. Give ${input.shape?.length ?? 0} dimensions, with the fixed sizes as they are.`,
  );
}

/** Shape as asked for, `batch` filled in, checked against what the model fixes. */
function applyRequest(input: ShapedInput, requested: readonly ShapeDimension[], batch: number): number[] | Refused {
  const { shape } = input;
  if (shape !== null && shape.length !== requested.length) return mismatch(input, requested);
  for (const [axis, wanted] of requested.entries()) {
    const own = shape?.[axis];
    const size = wanted === 'batch' ? batch : wanted;
    if (typeof own !== 'number' || own === size) continue;
    return wanted === 'batch' ? fixedBatch(input, own, batch) : mismatch(input, requested);
  }
  return requested.map((wanted) => (wanted === 'batch' ? batch : wanted));
}

/** A literal size on the batch axis would measure another batch than the row says. */
function literalBatch(input: ShapedInput, requested: readonly ShapeDimension[], batch: number): Refused | null {
  const axis = batchAxis(input);
  const wanted = axis === null || requested.includes('batch') ? null : requested[axis];
  return typeof wanted === 'number' && wanted !== batch
    ? fixedBatch({ ...input, shape: [...requested] as number[] }, wanted, batch)
    : null;
}

/** Names of dynamic dimensions to their sizes: told by one input, they hold for all. */
type Bindings = Map<string, number>;

function bind(bindings: Bindings, input: ShapedInput, sizes: readonly number[]): void {
  input.shape?.forEach((dim, axis) => {
    const size = sizes[axis];
    if (typeof dim === 'string' && size !== undefined) bindings.set(dim, size);
  });
}

function fillOwn(input: ShapedInput, batch: number, bindings: Bindings): number[] | Refused {
  if (input.shape === null) return missing(input, []);
  const axis = batchAxis(input);
  const filled = input.shape.map((dim, index) => {
    if (typeof dim === 'number') return dim;
    const bound = dim === null ? undefined : bindings.get(dim);
    return bound ?? (index === axis ? batch : dim);
  });
  const open = filled.flatMap((dim, index) => (typeof dim === 'number' ? [] : [dim ?? `dimension ${index}`]));
  return open.length === 0 ? (filled as number[]) : missing(input, open);
}

/** How to give the shape, in words that can be copied into a matrix or a command line. */
function missing(input: ShapedInput, dims: string[]): Refused {
  const axis = batchAxis(input);
  const example = input.shape?.map((dim, index) =>
    typeof dim === 'number' ? dim : index === axis ? 'batch' : 'SIZE',
  ) ?? ['batch', '...'];
  const named = dims.length === 0 ? 'a shape of unknown rank' : `no size for ${dims.join(', ')}`;
  return new Refused(
    'shape-missing',
    `Input "${input.name}" is ${text(input.shape)} and has ${named}. Give it in the matrix (shapes: [{ ${input.name}: [${example.join(', ')}] }]) or on the command line (--shape ${input.name}=${example.join(',')}).`,
    dims,
  );
}

/** Only a model without any dynamic batch has a fixed one: the first dimension of its first input of rank 2 or more. */
function checkFixedBatch(inputs: readonly ShapedInput[], requested: RequestedShapes, batch: number): Refused | null {
  if (inputs.some((input) => batchAxis(input) !== null)) return null;
  if (Object.values(requested).some((dims) => dims.includes('batch'))) return null;
  const carrier = inputs.find((input) => (input.shape?.length ?? 0) >= 2);
  const told = carrier !== undefined && requested[carrier.name] !== undefined && batch === 1;
  const fixed = carrier?.shape?.[0];
  return carrier === undefined || told || typeof fixed !== 'number' || fixed === batch
    ? singleOnly(carrier, batch)
    : fixedBatch(carrier, fixed, batch);
}

/** A model whose inputs are all scalars or vectors runs one sample at a time. */
function singleOnly(carrier: ShapedInput | undefined, batch: number): Refused | null {
  if (carrier !== undefined || batch === 1) return null;
  return new Refused('fixed-batch', `The model has no batch dimension, so it can't run at ${batch}. Ask for batch 1.`);
}

function unknownInput(inputs: readonly ShapedInput[], requested: RequestedShapes): Refused | null {
  const stranger = Object.keys(requested).find((name) => !inputs.some((input) => input.name === name));
  if (stranger === undefined) return null;
  return new Refused(
    'shape-unknown-input',
    `The model has no input "${stranger}". Its inputs are ${inputs.map((input) => `"${input.name}" ${text(input.shape)}`).join(', ')}.`,
  );
}

function resolveAll(
  inputs: readonly ShapedInput[],
  requested: RequestedShapes,
  batch: number,
): Record<string, number[]> | Refused {
  const refused = unknownInput(inputs, requested) ?? checkFixedBatch(inputs, requested, batch);
  if (refused !== null) return refused;
  const resolved: Record<string, number[]> = {};
  const bindings: Bindings = new Map();
  const asked = (input: ShapedInput) => requested[input.name] !== undefined;
  for (const input of inputs.toSorted((a, b) => Number(asked(b)) - Number(asked(a)))) {
    const wanted = requested[input.name];
    const literal = wanted === undefined ? null : literalBatch(input, wanted, batch);
    const sizes =
      literal ?? (wanted === undefined ? fillOwn(input, batch, bindings) : applyRequest(input, wanted, batch));
    if (sizes instanceof Refused) return sizes;
    bind(bindings, input, sizes);
    resolved[input.name] = sizes;
  }
  return resolved;
}

/**
 * Concrete input shapes for one batch size. `batch` in a requested shape becomes the batch size; without a request, the
 * dimension that is named like a batch, or else a dynamic first dimension, takes it, and dimensions of one name share one
 * size. Refusals (values, not errors): `fixed-batch`, `shape-missing` (names the dimensions and how to give them),
 * `shape-mismatch`, `shape-unknown-input`.
 */
export function resolveShapes(
  info: { inputs: readonly ShapedInput[] },
  shapes: RequestedShapes,
  batch: number,
): ResolvedShapes {
  const resolved = resolveAll(info.inputs, shapes, batch);
  if (!(resolved instanceof Refused)) return { ok: resolved };
  return { refusal: { code: resolved.code, message: resolved.message, dims: resolved.dims } };
}
