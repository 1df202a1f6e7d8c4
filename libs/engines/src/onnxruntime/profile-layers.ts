import type { DataType, EngineLayer, LayerTensor } from '@octet/domain';
import type { GraphNode, OrtGraph } from './ort-graph.js';
import { activationInputs, activationOutputs, kindOf, memoryFormats, typeOf } from './ort-operators.js';

type TypedShape = Record<string, number[]>;

/** One event of ONNX Runtime 1.30's profile: whole microseconds, rounded down. */
export interface ProfileEvent {
  cat: string;
  name: string;
  dur: number;
  args: {
    op_name?: string;
    provider?: string;
    node_index?: string;
    parameter_size?: string;
    input_type_shape?: TypedShape[];
    output_type_shape?: TypedShape[];
  };
}

export interface LayerContext {
  /** Outputs of the Transpose nodes that the user's model holds: those are its work, not the runtime's conversion. */
  ownTransposes: ReadonlySet<string>;
  /** First runs that are warm-up and do not count. */
  skipRuns: number;
}

const kernelSuffix = '_kernel_time';

/**
 * The layers of an optimised model with the median time of each, in order of execution. Where a GPU computes, none has a time: a
 * node's event there ends when its kernels are launched, not when they are done.
 */
export function layersOf(events: readonly ProfileEvent[], graph: OrtGraph, context: LayerContext): EngineLayer[] {
  const byNode = new Map<string, ProfileEvent[]>();
  for (const event of events) {
    const key = nodeKey(event, graph);
    if (key !== null) byNode.set(key, [...(byNode.get(key) ?? []), event]);
  }
  const layers = [...byNode.values()].map((runs) => toLayer(runs, graph, context));
  return layers.every(onCpu) ? layers : layers.map((layer) => ({ ...layer, timeNs: null }));
}

function onCpu({ provider }: EngineLayer): boolean {
  return provider === null || provider === 'CPUExecutionProvider';
}

function nodeKey(event: ProfileEvent, graph: OrtGraph): string | null {
  if (event.cat !== 'Node' || !event.name.endsWith(kernelSuffix)) return null;
  const name = event.name.slice(0, -kernelSuffix.length);
  const node = nodeOf(event, graph);
  if (node === null && graph.innerNames.has(name)) return null;
  return `${event.args.node_index ?? ''}/${name}`;
}

/** An optimised model is loaded in the order of its file, so the node index is the position there; the name proves it. */
function nodeOf(event: ProfileEvent, graph: OrtGraph): GraphNode | null {
  const node = graph.nodes[Number(event.args.node_index)];
  return node !== undefined && `${node.name}${kernelSuffix}` === event.name ? node : null;
}

function toLayer(runs: readonly ProfileEvent[], graph: OrtGraph, context: LayerContext): EngineLayer {
  const event = runs[0] as ProfileEvent;
  const node = nodeOf(event, graph);
  const op = event.args.op_name ?? 'unknown';
  const times = runs.slice(context.skipRuns).map(({ dur }) => dur);
  const weightBytes = Number(event.args.parameter_size ?? Number.NaN);
  return {
    name: event.name.slice(0, -kernelSuffix.length),
    type: op,
    kind: kindOf(op, node !== null && context.ownTransposes.has(node.outputs[0] ?? '')),
    inputs: inputTensors(event, node, graph),
    outputs: outputTensors(event, node),
    timeNs: times.length === 0 ? null : Math.round(groupedMedian(times) * 1000),
    kernel: null,
    provider: event.args.provider ?? null,
    weightBytes: Number.isFinite(weightBytes) ? weightBytes : null,
  };
}

/**
 * Median of whole numbers that were rounded down, as if the values within a class were spread evenly over [d, d + 1)
 * (the median of grouped data): a node of 2 us is not off by a third only because the clock counts whole microseconds.
 */
export function groupedMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  const below = sorted.filter((value) => value < middle).length;
  const within = sorted.filter((value) => value === middle).length;
  return middle + Math.min(1, (half - below) / within);
}

function inputTensors(event: ProfileEvent, node: GraphNode | null, graph: OrtGraph): LayerTensor[] {
  const shapes = event.args.input_type_shape ?? [];
  if (node === null) return shapes.slice(0, 1).map((shape, index) => tensor(`input ${index}`, shape, null));
  const placed = place(shapes, node.inputs, graph);
  const format = memoryFormats(node).input;
  // What a pure conversion converts is listed even if it is a weight: dequantised at each run, it costs time at each run.
  const constants = kindOf(node.op, false) === 'conversion';
  return activationInputs(node)
    .filter((name) => name !== '' && (constants || !graph.initializers.has(name)))
    .map((name) => tensor(name, placed.get(name) ?? null, format));
}

function outputTensors(event: ProfileEvent, node: GraphNode | null): LayerTensor[] {
  const shapes = event.args.output_type_shape ?? [];
  if (node === null) return shapes.slice(0, 1).map((shape, index) => tensor(`output ${index}`, shape, null));
  const named = node.outputs.filter((name) => name !== '');
  const format = memoryFormats(node).output;
  return activationOutputs(node)
    .filter((name) => name !== '')
    .map((name) => tensor(name, shapes[named.indexOf(name)] ?? null, format));
}

/**
 * The profile lists the inputs that exist at run time: a weight that was repacked for its kernel is missing there. A shape
 * that is not a weight's own belongs to the next input.
 */
function place(shapes: readonly TypedShape[], names: readonly string[], graph: OrtGraph): Map<string, TypedShape> {
  const present = names.filter((name) => name !== '');
  const missing = present.length - shapes.length;
  const placed = new Map<string, TypedShape>();
  let skipped = 0;
  let next = 0;
  for (const name of present) {
    const shape = shapes[next];
    const weight = graph.initializers.get(name);
    if (weight !== undefined && skipped < missing && !isOf(shape, weight.dims)) {
      skipped += 1;
      continue;
    }
    if (shape !== undefined) placed.set(name, shape);
    next += 1;
  }
  return placed;
}

function isOf(shape: TypedShape | undefined, dims: readonly number[]): boolean {
  const own = shape === undefined ? undefined : Object.values(shape)[0];
  return own !== undefined && own.length === dims.length && own.every((dim, index) => dim === dims[index]);
}

function tensor(name: string, shape: TypedShape | null, format: string | null): LayerTensor {
  const [type, dims] = Object.entries(shape ?? {})[0] ?? [null, null];
  const dataType: DataType = type === null ? 'other' : typeOf(type);
  return { name, dataType, format, dims };
}
