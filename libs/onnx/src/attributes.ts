import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType as Type,
  AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';

/** What `attribute` takes: whole numbers become INT, see `floatAttribute` for a float that happens to be whole. */
export type AttributeValue =
  number | bigint | string | readonly number[] | readonly string[] | TensorProto | GraphProto | FloatValue;

/** Marks a number or list as float: 1 as an attribute is ambiguous in JavaScript. */
export interface FloatValue {
  readonly float: number | readonly number[];
}

export function float(value: number | readonly number[]): FloatValue {
  return { float: value };
}

const utf8 = new TextEncoder();
const bytesOf = (text: string) => utf8.encode(text) as Uint8Array<ArrayBuffer>;

function listAttribute(name: string, values: readonly (number | string)[]): AttributeProto {
  if (values.some((value) => typeof value === 'string')) {
    return create(AttributeProtoSchema, {
      name,
      type: Type.STRINGS,
      strings: values.map((value) => bytesOf(String(value))),
    });
  }
  const numbers = values.map(Number);
  return numbers.every(Number.isInteger)
    ? create(AttributeProtoSchema, { name, type: Type.INTS, ints: numbers.map(BigInt) })
    : create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: numbers });
}

function floatAttribute(name: string, value: number | readonly number[]): AttributeProto {
  return typeof value === 'number'
    ? create(AttributeProtoSchema, { name, type: Type.FLOAT, f: value })
    : create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: [...value] });
}

/** An attribute from a plain value. A whole number is an INT and other numbers FLOAT; `float(1)` forces FLOAT. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'bigint') return create(AttributeProtoSchema, { name, type: Type.INT, i: value });
  if (typeof value === 'number') {
    return Number.isInteger(value) ? attribute(name, BigInt(value)) : floatAttribute(name, value);
  }
  if (typeof value === 'string') return create(AttributeProtoSchema, { name, type: Type.STRING, s: bytesOf(value) });
  if (Array.isArray(value)) return listAttribute(name, value as readonly (number | string)[]);
  if ('float' in value) return floatAttribute(name, value.float);
  const message = value as TensorProto | GraphProto;
  return message.$typeName === 'onnx.TensorProto'
    ? create(AttributeProtoSchema, { name, type: Type.TENSOR, t: message })
    : create(AttributeProtoSchema, { name, type: Type.GRAPH, g: message });
}

export function findAttribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((entry) => entry.name === name);
}

/** Integer attribute, or what it means when absent. */
export function intOf<T extends number | null>(node: NodeProto, name: string, absent: T): number | T {
  const found = findAttribute(node, name);
  return found === undefined ? absent : Number(found.i);
}

export function floatOf<T extends number | null>(node: NodeProto, name: string, absent: T): number | T {
  const found = findAttribute(node, name);
  return found === undefined ? absent : found.f;
}

export function stringOf<T extends string | null>(node: NodeProto, name: string, absent: T): string | T {
  const found = findAttribute(node, name);
  return found === undefined ? absent : new TextDecoder().decode(found.s);
}

/** List of integers; null when absent. */
export function intsOf(node: NodeProto, name: string): number[] | null {
  return findAttribute(node, name)?.ints.map(Number) ?? null;
}

export function floatsOf(node: NodeProto, name: string): number[] | null {
  return findAttribute(node, name)?.floats ?? null;
}

export function tensorOf(node: NodeProto, name: string): TensorProto | null {
  return findAttribute(node, name)?.t ?? null;
}

/** Sets or replaces an attribute; `undefined` removes it. */
export function setAttribute(node: NodeProto, name: string, value: AttributeValue | undefined): void {
  node.attribute = node.attribute.filter((entry) => entry.name !== name);
  if (value !== undefined) node.attribute.push(attribute(name, value));
}
