import { create } from '@bufbuild/protobuf';
import { type GraphProto, type NodeProto, NodeProtoSchema, type TensorProto } from 'onnx-buf';
import { attribute, type AttributeValue, tensorOf } from './attributes.js';
import type { Model } from './model.js';
import { capturedNames } from './subgraphs.js';

export interface NodeSpec {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  name?: string;
  domain?: string;
  attributes?: Readonly<Record<string, AttributeValue>>;
}

/** A NodeProto from a plain description. */
export function makeNode(spec: NodeSpec): NodeProto {
  return create(NodeProtoSchema, {
    opType: spec.op,
    name: spec.name ?? '',
    domain: spec.domain ?? '',
    input: [...spec.inputs],
    output: [...spec.outputs],
    attribute: Object.entries(spec.attributes ?? {}).map(([name, value]) => attribute(name, value)),
  });
}

/**
 * Editing view of a model's main graph: who makes and who reads each tensor, kept up to date by the methods below. Edit
 * through them only (writing into node.input behind its back leaves the indexes wrong). Works on the model in place; see
 * `copyModel`. Bodies of If and Loop count as readers of what they capture, and are never rewritten.
 */
export class Graph {
  readonly model: Model;
  readonly proto: GraphProto;
  readonly #producers = new Map<string, NodeProto>();
  readonly #consumers = new Map<string, NodeProto[]>();
  readonly #initializers = new Map<string, TensorProto>();
  readonly #names = new Set<string>();
  readonly #captured = new Set<string>();

  constructor(model: Model) {
    this.model = model;
    this.proto = model.graph;
    for (const tensor of this.proto.initializer) this.#initializers.set(tensor.name, tensor);
    for (const value of [...this.proto.input, ...this.proto.output, ...this.proto.initializer])
      this.#names.add(value.name);
    for (const node of this.proto.node) this.#index(node);
  }

  get nodes(): readonly NodeProto[] {
    return this.proto.node;
  }

  /** Tensor name to the node that makes it. */
  get producers(): ReadonlyMap<string, NodeProto> {
    return this.#producers;
  }

  /** Tensor name to the nodes that read it, each once for each time it reads it. Captures by bodies included. */
  get consumers(): ReadonlyMap<string, readonly NodeProto[]> {
    return this.#consumers;
  }

  get initializers(): ReadonlyMap<string, TensorProto> {
    return this.#initializers;
  }

  consumersOf(name: string): readonly NodeProto[] {
    return this.#consumers.get(name) ?? [];
  }

  isInput(name: string): boolean {
    return this.proto.input.some((input) => input.name === name) && !this.#initializers.has(name);
  }

  isOutput(name: string): boolean {
    return this.proto.output.some((output) => output.name === name);
  }

  /** True if the body of an If, Loop or Scan reads it: such a name can't be renamed here. */
  isCaptured(name: string): boolean {
    return this.#captured.has(name);
  }

  /** The tensor behind a constant name: an initialiser, a Constant node's value, or one of them through Identity. */
  constantOf(name: string): TensorProto | null {
    const direct = this.#initializers.get(name);
    if (direct !== undefined) return direct;
    const producer = this.#producers.get(name);
    if (producer?.opType === 'Constant') return tensorOf(producer, 'value');
    return producer?.opType === 'Identity' ? this.constantOf(producer.input[0] ?? '') : null;
  }

  /** `base`, or `base_1`, `base_2` ... : not yet used by a tensor or a node; taken from now on. */
  uniqueName(base: string): string {
    let name = base;
    for (let count = 1; this.#names.has(name); count++) name = `${base}_${count}`;
    this.#names.add(name);
    return name;
  }

  /** Adds an initialiser, or replaces the one of the same name. Returns its name. */
  setInitializer(tensor: TensorProto): string {
    if (this.#initializers.has(tensor.name)) {
      this.proto.initializer = this.proto.initializer.map((old) => (old.name === tensor.name ? tensor : old));
    } else this.proto.initializer.push(tensor);
    this.#initializers.set(tensor.name, tensor);
    this.#names.add(tensor.name);
    return tensor.name;
  }

  /** Adds a node at the end (call `sort` when done), or before `anchor`. An empty name gets a unique one. */
  addNode(spec: NodeSpec | NodeProto, anchor?: NodeProto): NodeProto {
    const node = '$typeName' in spec ? spec : makeNode(spec);
    if (node.name === '') node.name = this.uniqueName(node.output[0] ?? node.opType);
    const at = anchor === undefined ? -1 : this.proto.node.indexOf(anchor);
    this.proto.node.splice(at < 0 ? this.proto.node.length : at, 0, node);
    this.#index(node);
    return node;
  }

  removeNode(node: NodeProto): void {
    const at = this.proto.node.indexOf(node);
    // A new list: who goes over the old one sees every node once.
    if (at >= 0) this.proto.node = this.proto.node.toSpliced(at, 1);
    this.#unindex(node);
  }

  /** Puts nodes in the place of one. */
  replaceNode(node: NodeProto, ...by: (NodeSpec | NodeProto)[]): NodeProto[] {
    const added = by.map((spec) => this.addNode(spec, node));
    this.removeNode(node);
    for (const other of added) this.#index(other, true);
    return added;
  }

  setInput(node: NodeProto, index: number, name: string): void {
    this.#unindex(node);
    while (node.input.length <= index) node.input.push('');
    node.input[index] = name;
    this.#index(node);
  }

  setInputs(node: NodeProto, names: readonly string[]): void {
    this.#unindex(node);
    node.input = [...names];
    this.#index(node);
  }

  setOutput(node: NodeProto, index: number, name: string): void {
    this.#unindex(node);
    node.output[index] = name;
    this.#index(node);
  }

  /** Makes every reader of `from` read `to` (graph outputs and captures by bodies keep the old name). */
  redirect(from: string, to: string, only: (node: NodeProto) => boolean = () => true): void {
    for (const node of new Set(this.consumersOf(from))) {
      if (!only(node)) continue;
      this.setInputs(
        node,
        node.input.map((name) => (name === from ? to : name)),
      );
    }
  }

  /** Drops nodes whose outputs nobody reads, then initialisers nobody reads. Returns how many nodes went. */
  removeUnused(): number {
    const before = this.proto.node.length;
    for (const node of this.proto.node.toReversed()) {
      if (!node.output.some((name) => this.isOutput(name) || this.consumersOf(name).length > 0)) this.removeNode(node);
    }
    this.proto.initializer = this.proto.initializer.filter((tensor) => this.#keepInitializer(tensor.name));
    return before - this.proto.node.length;
  }

  /** First node that reads a tensor made later or by nobody; null if the order is topological. */
  orderFault(): { node: NodeProto; tensor: string } | null {
    const known = new Set(['', ...this.proto.input.map((input) => input.name), ...this.#initializers.keys()]);
    for (const node of this.proto.node) {
      const tensor = readsOf(node).find((name) => !known.has(name));
      if (tensor !== undefined) return { node, tensor };
      node.output.forEach((name) => known.add(name));
    }
    return null;
  }

  /** Stable topological order: nodes keep their places as far as the graph allows. */
  sort(): void {
    const placed = new Set<NodeProto>();
    const sorted: NodeProto[] = [];
    for (const node of this.proto.node) this.#place(node, placed, sorted);
    this.proto.node = sorted;
  }

  /** Depth first with an explicit stack: chains of ten thousand nodes are common. */
  #place(first: NodeProto, placed: Set<NodeProto>, sorted: NodeProto[]): void {
    const stack: { node: NodeProto; waiting: NodeProto[] }[] = [];
    const enter = (node: NodeProto) => {
      if (placed.has(node)) return;
      placed.add(node);
      const before = readsOf(node).map((name) => this.#producers.get(name));
      stack.push({ node, waiting: before.filter((other) => other !== undefined).toReversed() });
    };
    enter(first);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.waiting.pop();
      if (next !== undefined) enter(next);
      else sorted.push(stack.pop()?.node ?? top.node);
    }
  }

  #keepInitializer(name: string): boolean {
    const keep = this.isOutput(name) || this.consumersOf(name).length > 0;
    if (!keep) this.#initializers.delete(name);
    return keep;
  }

  #index(node: NodeProto, producersOnly = false): void {
    for (const name of node.output) {
      if (name !== '') this.#producers.set(name, node);
      this.#names.add(name);
    }
    this.#names.add(node.name);
    if (producersOnly) return;
    for (const name of capturedNames(node)) this.#captured.add(name);
    for (const name of readsOf(node)) {
      const known = this.#consumers.get(name);
      if (known === undefined) this.#consumers.set(name, [node]);
      else known.push(node);
    }
  }

  #unindex(node: NodeProto): void {
    for (const name of node.output) if (this.#producers.get(name) === node) this.#producers.delete(name);
    for (const name of readsOf(node)) {
      const rest = this.consumersOf(name).filter((other) => other !== node);
      if (rest.length === 0) this.#consumers.delete(name);
      else this.#consumers.set(name, rest);
    }
  }
}

function readsOf(node: NodeProto): string[] {
  const reads = node.input.filter((name) => name !== '');
  const captured = capturedNames(node);
  return captured.size === 0 ? reads : [...reads, ...captured];
}
