import { type Dim, type Graph, int64Tensor, type NodeSpec, type ShapeTable } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

/**
 * A tensor as an image of four dimensions. `rows`: [..., C] as [R, C, 1, 1], one pixel for each row. `line`: [N, C, L] as
 * [N, C, L, 1], an image one pixel wide.
 */
export type Layout = 'rows' | 'line';

/**
 * Second forms of tensors, of four dimensions and with names of their own. A twin holds the values of its tensor in the same
 * order: a Reshape leads from one to the other.
 */
export class Twins {
  /** Twin to the tensor with the same values. */
  readonly tensorOf = new Map<string, string>();
  readonly #graph: Graph;
  readonly #shapes: ShapeTable;
  readonly #known = new Map<string, string>();
  readonly #computed = new Map<string, Layout>();

  constructor(graph: Graph, shapes: ShapeTable) {
    this.#graph = graph;
    this.#shapes = shapes;
  }

  shapeOf(tensor: string): readonly Dim[] | null {
    return this.#shapes.get(tensor)?.shape ?? null;
  }

  /** The layout in which a tensor is computed; null for one that is computed as itself. */
  layoutOf(tensor: string): Layout | null {
    return this.#computed.get(tensor) ?? null;
  }

  /** Whether a Reshape can lead to the tensor's twin and back: at most one size may be open. */
  hasTwin(tensor: string, layout: Layout): boolean {
    const shape = this.shapeOf(tensor);
    return shape !== null && sizes(shape) !== null && sizes(laidOut(shape, layout)) !== null;
  }

  /** Name of a tensor's twin; one that is not there yet is made by a Reshape before `reader`. */
  of(tensor: string, layout: Layout, reader: NodeProto): string {
    const known = this.#known.get(key(tensor, layout));
    if (known !== undefined) return known;
    const twin = this.#register(tensor, layout);
    this.#graph.addNode(this.#reshape(tensor, twin, laidOut(this.shapeOf(tensor) ?? [], layout)), reader);
    return twin;
  }

  /** Computes `tensor` as its twin: `by` comes in the place of `node`, and a Reshape for those who read the tensor itself. */
  compute(node: NodeProto, tensor: string, layout: Layout, by: NodeProto): void {
    by.output = [this.#register(tensor, layout)];
    this.#computed.set(tensor, layout);
    this.#graph.replaceNode(node, by, this.#reshape(by.output[0]!, tensor, this.shapeOf(tensor) ?? []));
  }

  #register(tensor: string, layout: Layout): string {
    const twin = this.#graph.uniqueName(`${tensor}__${layout}`);
    this.#known.set(key(tensor, layout), twin);
    this.tensorOf.set(twin, tensor);
    return twin;
  }

  #reshape(from: string, to: string, shape: readonly Dim[]): NodeSpec {
    const dims = sizes(shape) ?? [];
    const name = `octet_dims_${dims.join('_')}`;
    if (!this.#graph.initializers.has(name)) this.#graph.setInitializer(int64Tensor(name, [dims.length], dims));
    return { op: 'Reshape', inputs: [from, name], outputs: [to] };
  }
}

const key = (tensor: string, layout: Layout): string => `${layout} ${tensor}`;

function laidOut(shape: readonly Dim[], layout: Layout): Dim[] {
  return layout === 'line' ? [...shape, 1] : [rowsOf(shape), shape.at(-1) ?? null, 1, 1];
}

function rowsOf(shape: readonly Dim[]): Dim {
  const leading = shape.slice(0, -1);
  return leading.every((dim) => typeof dim === 'number') ? leading.reduce((product, dim) => product * dim, 1) : null;
}

/** As Reshape takes them: -1 for a size that is open. null where more than one is. */
function sizes(shape: readonly Dim[]): number[] | null {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
  return dims.filter((dim) => dim === -1).length > 1 || dims.includes(0) ? null : dims;
}
