import type { ClassedLayer } from '../layer.js';

/** Where a layer stands: at the network's input, at its output, or between other layers. */
export type Position = 'input' | 'output' | 'inside';

/** Who takes each tensor of an engine, and where its layers stand. */
export interface LayerGraph {
  consumers: ReadonlyMap<string, readonly ClassedLayer[]>;
  /** Layers that something with work feeds, directly or through layers without. */
  fed: ReadonlySet<ClassedLayer>;
  /** Layers whose results something with work takes. */
  taken: ReadonlySet<ClassedLayer>;
  /** Copies and conversions of constants. */
  constantCopies: ReadonlySet<ClassedLayer>;
}

/** Several diagnoses look at the same engine, and an engine may have tens of thousands of layers. */
const graphs = new WeakMap<readonly ClassedLayer[], LayerGraph>();

/** Layers come in execution order. */
export function layerGraph(layers: readonly ClassedLayer[]): LayerGraph {
  const known = graphs.get(layers);
  if (known !== undefined) return known;
  const graph = makeGraph(layers);
  graphs.set(layers, graph);
  return graph;
}

function makeGraph(layers: readonly ClassedLayer[]): LayerGraph {
  const producers = new Map<string, ClassedLayer>();
  const makers = new Map<string, ClassedLayer[]>();
  const consumers = new Map<string, ClassedLayer[]>();
  for (const layer of layers) {
    for (const { name } of layer.outputs) {
      producers.set(name, layer);
      add(makers, name, layer);
    }
    for (const { name } of layer.inputs) add(consumers, name, layer);
  }
  const after = new Map<ClassedLayer, ClassedLayer[]>();
  for (const layer of layers) {
    for (const { name } of layer.inputs) {
      const producer = producers.get(name);
      // Tensors that are written in place keep their name.
      if (producer !== undefined && producer !== layer) add(after, producer, layer);
    }
  }
  return {
    consumers,
    fed: reachedFrom(layers, (layer, visit) => after.get(layer)?.forEach(visit)),
    taken: reachedFrom(layers, (layer, visit) => {
      for (const { name } of layer.inputs) makers.get(name)?.forEach(visit);
    }),
    constantCopies: constantCopies(layers, producers),
  };
}

function add<Key>(lists: Map<Key, ClassedLayer[]>, key: Key, layer: ClassedLayer): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [layer]);
  else list.push(layer);
}

/** All layers that a computing layer leads to, itself left out; constants, layout changes and layers without work pass it on. */
function reachedFrom(
  layers: readonly ClassedLayer[],
  forEachNext: (layer: ClassedLayer, visit: (neighbour: ClassedLayer) => void) => void,
): Set<ClassedLayer> {
  const reached = new Set<ClassedLayer>();
  const open = layers.filter(({ kind }) => kind === 'compute');
  let layer = open.pop();
  const visit = (neighbour: ClassedLayer): void => {
    if (neighbour === layer || reached.has(neighbour)) return;
    reached.add(neighbour);
    if (neighbour.kind !== 'compute') open.push(neighbour);
  };
  for (; layer !== undefined; layer = open.pop()) forEachNext(layer, visit);
  return reached;
}

/** A layer that nothing with work feeds is at the input; one whose results nothing with work takes is at the output. */
export function positionOf(layer: ClassedLayer, graph: LayerGraph): Position {
  if (!graph.fed.has(layer)) return 'input';
  return graph.taken.has(layer) ? 'inside' : 'output';
}

/** Copies and conversions of constants: work that could have been done once, at build time. */
export function copiesConstant(layer: ClassedLayer, graph: LayerGraph): boolean {
  return graph.constantCopies.has(layer);
}

function constantCopies(
  layers: readonly ClassedLayer[],
  producers: ReadonlyMap<string, ClassedLayer>,
): Set<ClassedLayer> {
  const copies = new Set<ClassedLayer>();
  for (const layer of layers) if (worksOnConstants(layer, producers, copies)) copies.add(layer);
  return copies;
}

function worksOnConstants(
  layer: ClassedLayer,
  producers: ReadonlyMap<string, ClassedLayer>,
  copies: ReadonlySet<ClassedLayer>,
): boolean {
  if ((layer.timeNs ?? 0) === 0 || layer.kind === 'compute') return false;
  if (layer.type === 'Constant') return true;
  // Adapters list activations only: a conversion without any works on initialisers.
  if (layer.inputs.length === 0) return layer.kind === 'conversion';
  return layer.inputs.every(({ name }) => {
    const producer = producers.get(name);
    return producer !== undefined && producer !== layer && (producer.type === 'Constant' || copies.has(producer));
  });
}
