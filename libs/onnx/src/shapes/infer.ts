import { OctetError } from '@octet/domain';
import type { NodeProto, TensorProto, TypeProto, ValueInfoProto } from 'onnx-buf';
import { tensorOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { onnxType } from '../data-types.js';
import { type Model, plainDomain } from '../model.js';
import { elementCount, isExternal, tensorDims } from '../tensor-bytes.js';
import { tensorToNumbers } from '../tensors.js';
import { elementwiseRules } from './elementwise.js';
import { type InferRule, type TensorFacts, tensor, unknown } from './facts.js';
import { makingRules, maxFoldedValues } from './making.js';
import { movementRules } from './movement.js';
import { productRules } from './products.js';
import { reductionRules } from './reductions.js';
import { slice } from './slicing.js';
import { spatialRules } from './spatial.js';

export type { TensorFacts } from './facts.js';

/** What is known of every tensor of the main graph, by name. */
export type ShapeTable = ReadonlyMap<string, TensorFacts>;

const rules: Readonly<Record<string, InferRule>> = {
  ...elementwiseRules,
  ...spatialRules,
  ...productRules,
  ...reductionRules,
  ...movementRules,
  ...makingRules,
  Slice: slice,
};

/** Domains whose operators of these names mean the same (onnxruntime's own Q/DQ and fused forms). */
const knownDomains = new Set(['', 'com.microsoft']);

/** Declared shape of a value; null where the model says nothing. */
export function declaredShape(type: TypeProto | undefined): Dim[] | null {
  if (type?.value.case !== 'tensorType') return null;
  const { shape } = type.value.value;
  return shape?.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : value.value || null)) ?? null;
}

export function declaredType(value: ValueInfoProto) {
  return value.type?.value.case === 'tensorType' ? onnxType(value.type.value.value.elemType) : null;
}

function constantFacts(constant: TensorProto, model: Model): TensorFacts {
  const type = onnxType(constant.dataType);
  const small = constant.dims.length <= 1 && elementCount(constant) <= maxFoldedValues && !isExternal(constant);
  const numeric = type !== null && ['int64', 'int32', 'float32', 'float64', 'bool'].includes(type);
  return tensor(type, tensorDims(constant), small && numeric ? tensorToNumbers(constant, model) : null);
}

function checkRank(value: ValueInfoProto, declared: readonly Dim[] | null, given: readonly number[]): void {
  const fits =
    declared === null ||
    (declared.length === given.length && declared.every((dim, axis) => typeof dim !== 'number' || dim === given[axis]));
  if (fits) return;
  throw new OctetError(
    'shape-mismatch',
    `Input "${value.name}" has shape [${declared?.map((dim) => dim ?? '?').join(', ')}]; [${given.join(', ')}] does not fit. Give a shape of that rank, with the fixed sizes as they are.`,
  );
}

function inputFacts(value: ValueInfoProto, given: readonly number[] | undefined): TensorFacts {
  const declared = declaredShape(value.type);
  if (given !== undefined) checkRank(value, declared, given);
  return tensor(declaredType(value), given ?? declared);
}

function opsetOf(model: Model, node: NodeProto): number {
  return model.opset(node.domain) ?? 1;
}

/** Rule of a node's operator; null if its shapes are not known to this library. */
function ruleOf(node: NodeProto): InferRule | null {
  return knownDomains.has(plainDomain(node.domain)) ? (rules[node.opType] ?? null) : null;
}

function inferNode(model: Model, node: NodeProto, table: Map<string, TensorFacts>): TensorFacts[] {
  const constant = node.opType === 'Constant' ? tensorOf(node, 'value') : null;
  if (constant !== null) return [constantFacts(constant, model)];
  const rule = ruleOf(node);
  if (rule === null) return [];
  return rule({
    node,
    opset: opsetOf(model, node),
    has: (index) => (node.input[index] ?? '') !== '',
    input: (index) => table.get(node.input[index] ?? '') ?? unknown,
  });
}

/**
 * Shapes and types of every tensor, found from the inputs' shapes (`inputShapes` in place of dynamic ones), with the
 * arithmetic that exporters do on shapes folded. What an unknown operator makes is unknown, never a guess; shapes that the
 * model itself declares (value_info) fill such gaps, unless `inputShapes` set a dynamic dimension: they may be out of date.
 * Nodes must be in topological order, as ONNX demands.
 * Errors: `shape-mismatch` when a given shape contradicts the model.
 */
export function inferShapes(model: Model, inputShapes: Readonly<Record<string, readonly number[]>> = {}): ShapeTable {
  const table = new Map<string, TensorFacts>();
  for (const value of model.graph.input) table.set(value.name, inputFacts(value, inputShapes[value.name]));
  for (const constant of model.graph.initializer) table.set(constant.name, constantFacts(constant, model));
  const declared = declaredTable(model, isSpecialised(model, inputShapes));
  for (const node of model.graph.node) {
    const found = inferNode(model, node, table);
    node.output.forEach((name, index) => {
      if (name !== '') table.set(name, merged(found[index] ?? unknown, declared.get(name)));
    });
  }
  return table;
}

/** True if a dynamic dimension was given a size: what the model declares inside may then be out of date. */
function isSpecialised(model: Model, inputShapes: Readonly<Record<string, readonly number[]>>): boolean {
  const dynamic = (value: ValueInfoProto) =>
    declaredShape(value.type)?.every((dim) => typeof dim === 'number') !== true;
  return model.graph.input.some((value) => inputShapes[value.name] !== undefined && dynamic(value));
}

function declaredTable(model: Model, typesOnly: boolean): Map<string, TensorFacts> {
  const facts = (value: ValueInfoProto) => tensor(declaredType(value), typesOnly ? null : declaredShape(value.type));
  return new Map([...model.graph.valueInfo, ...model.graph.output].map((value) => [value.name, facts(value)]));
}

/** What was found counts; what is missing is taken from the declaration. */
function merged(found: TensorFacts, declared: TensorFacts | undefined): TensorFacts {
  if (declared === undefined) return found;
  const shape = found.shape?.map((dim, axis) => dim ?? declared.shape?.[axis] ?? null) ?? declared.shape;
  return { dataType: found.dataType ?? declared.dataType, shape, values: found.values };
}
