import type { ClassedLayer } from '../layer.js';

/** Where a layer stands: at the network's input, at its output, or between other layers. */
export type Position = 'input' | 'output' | 'inside';

/** Who makes and who takes each tensor of an engine, by tensor name. */
export interface LayerGraph {
  producers: ReadonlyMap<string, ClassedLayer>;
  consumers: ReadonlyMap<string, readonly ClassedLayer[]>;
}

export function layerGraph(layers: readonly ClassedLayer[]): LayerGraph {
  const producers = new Map<string, ClassedLayer>();
  const consumers = new Map<string, ClassedLayer[]>();
  for (const layer of layers) {
    for (const tensor of layer.outputs) producers.set(tensor.name, layer);
    for (const tensor of layer.inputs) consumers.set(tensor.name, [...(consumers.get(tensor.name) ?? []), layer]);
  }
  return { producers, consumers };
}

/** A layer that nothing with work feeds is at the input; one whose results nothing with work takes is at the output. */
export function positionOf(layer: ClassedLayer, graph: LayerGraph): Position {
  if (!hasWorkingProducer(layer, graph, new Set())) return 'input';
  return hasWorkingConsumer(layer, graph, new Set()) ? 'inside' : 'output';
}

/** Constants, layout changes and layers without work do not make a tensor an inner one. */
function hasWorkingProducer(layer: ClassedLayer, graph: LayerGraph, seen: Set<ClassedLayer>): boolean {
  if (seen.has(layer)) return false;
  seen.add(layer);
  return layer.inputs.some((tensor) => {
    const producer = graph.producers.get(tensor.name);
    if (producer === undefined || producer === layer) return false;
    return producer.kind === 'compute' || hasWorkingProducer(producer, graph, seen);
  });
}

function hasWorkingConsumer(layer: ClassedLayer, graph: LayerGraph, seen: Set<ClassedLayer>): boolean {
  if (seen.has(layer)) return false;
  seen.add(layer);
  return layer.outputs.some((tensor) =>
    (graph.consumers.get(tensor.name) ?? []).some(
      (consumer) => consumer !== layer && (consumer.kind === 'compute' || hasWorkingConsumer(consumer, graph, seen)),
    ),
  );
}

/** Copies and conversions of constants: work that could have been done once, at build time. */
export function copiesConstant(layer: ClassedLayer, graph: LayerGraph): boolean {
  if ((layer.timeNs ?? 0) === 0 || layer.kind === 'compute') return false;
  if (layer.type === 'Constant') return true;
  // Adapters list activations only: a conversion without any works on initialisers.
  if (layer.inputs.length === 0) return layer.kind === 'conversion';
  return layer.inputs.every((tensor) => {
    const producer = graph.producers.get(tensor.name);
    return producer !== undefined && producer !== layer && isConstant(producer, graph);
  });
}

function isConstant(layer: ClassedLayer, graph: LayerGraph): boolean {
  return layer.type === 'Constant' || copiesConstant(layer, graph);
}
