import { OctetError } from '@octet/domain';
import {
  bfloat16Tensor,
  float16Tensor,
  Graph,
  loadModel,
  type Model,
  onnxType,
  saveModel,
  tensorDims,
  tensorToFloat32,
} from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import { floatTensors } from '../calibration/float-tensors.js';
import type { CalibrationTable } from '../calibration/table.js';
import { isExcluded, layerName } from '../placement/exclusions.js';
import type { LeftLayer } from '../placement/plan.js';
import { prepareModel } from '../prepare-model.js';
import { nameNodes } from '../rewrite/quantize-static.js';
import { castInputsAndOutputs, type HalfType } from './graph-ends.js';
import { float16Max, headroom, keptOperators } from './operators.js';

export interface Float16Options {
  /** Default float16. bfloat16 has float32's range, so that nothing overflows, and 8 bits of precision. */
  type?: 'float16' | 'bfloat16';
  /** True (default): inputs and outputs of the model stay float32, with casts. */
  keepIo?: boolean;
  /** Layers kept in float32, by name or operator type. */
  exclude?: readonly string[];
  /** Ranges of a calibration: layers that see values above half of float16's 65504 stay float32. */
  table?: CalibrationTable | null;
}

export interface Float16Report {
  outPath: string;
  /** Nodes that compute in float16. */
  converted: number;
  /** What stayed float32, and why. */
  kept: LeftLayer[];
}

/**
 * Writes a float16 (or bfloat16) form of a model: weights and tensors in float16, casts where float32 stays. TensorRT 11 takes
 * precision from the model alone. A node stays float32 when its operator is delicate, when a weight or a calibrated range
 * would overflow, or when it is excluded.
 */
export async function toFloat16(
  modelPath: string,
  outPath: string,
  options: Float16Options = {},
): Promise<Float16Report> {
  const { model, report } = convertToFloat16(prepareModel(await loadModel(modelPath)), options);
  await saveModel(model, outPath);
  return { outPath, ...report };
}

/** As `toFloat16`, on a prepared model, which is changed in place. */
export function convertToFloat16(
  model: Model,
  options: Float16Options,
): { model: Model; report: Omit<Float16Report, 'outPath'> } {
  const graph = new Graph(model);
  nameNodes(graph);
  const float = floatTensors(graph);
  const kept = new Map<NodeProto, string>();
  const converted: NodeProto[] = [];
  for (const node of graph.nodes) {
    if (!touchesFloat(graph, node, float)) continue;
    const reason = obstacle(graph, node, options);
    if (reason === null) converted.push(node);
    else kept.set(node, reason);
  }
  const made = new Set(converted.flatMap((node) => node.output.filter((name) => float.has(name))));
  const type = options.type ?? 'float16';
  castAtBorders(graph, { converted: new Set(converted), float, made, type });
  const ends = castInputsAndOutputs(graph, made, { keepIo: options.keepIo ?? true, type });
  // Weights in float32 whose half is what is read now.
  graph.removeUnused();
  graph.sort();
  model.graph.valueInfo = [];
  const left = [...kept].map(([node, reason]) => ({ name: layerName(node), opType: node.opType, reason }));
  return { model, report: { converted: converted.length, kept: [...left, ...ends] } };
}

function touchesFloat(graph: Graph, node: NodeProto, float: ReadonlySet<string>): boolean {
  return (
    [...node.input, ...node.output].some((name) => float.has(name)) ||
    node.input.some((name) => isFloatConstant(graph, name))
  );
}

function isFloatConstant(graph: Graph, name: string): boolean {
  const tensor = graph.initializers.get(name);
  return tensor !== undefined && onnxType(tensor.dataType) === 'float32';
}

function obstacle(graph: Graph, node: NodeProto, options: Float16Options): string | null {
  if (isExcluded(node, options.exclude ?? [])) return 'excluded';
  const overflows = options.type !== 'bfloat16';
  const operator = keptOperators.get(node.opType);
  if (operator !== undefined) return operator;
  if (node.domain !== '' && node.domain !== 'ai.onnx') return `domain ${node.domain} is not known to have float16`;
  if (node.opType === 'Cast') return 'a cast keeps its types';
  for (const name of node.input) {
    if (overflows && isFloatConstant(graph, name) && largestConstant(graph, name) > float16Max)
      return `constant "${name}" overflows float16`;
  }
  for (const name of [...node.input, ...node.output]) {
    const range = options.table?.tensors[name];
    const amax = range === undefined ? 0 : Math.max(Math.abs(range.min), Math.abs(range.max));
    if (overflows && amax > float16Max * headroom) return `tensor "${name}" reaches ${amax.toPrecision(3)}`;
  }
  return null;
}

function largestConstant(graph: Graph, name: string): number {
  let largest = 0;
  for (const value of tensorToFloat32(graph.initializers.get(name)!, graph.model)) {
    // Infinity in a mask stays infinity in float16.
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** ONNX's numbers of the types (TensorProto.DataType). */
const codes = { float32: 1, float16: 10, bfloat16: 16 };

interface Borders {
  converted: ReadonlySet<NodeProto>;
  float: ReadonlySet<string>;
  /** Tensors that are of the half type now. */
  made: ReadonlySet<string>;
  type: HalfType;
}

/** Every float input of a node gets the type the node wants: constants are converted, activations cast. */
function castAtBorders(graph: Graph, borders: Borders): void {
  const casts = new Map<string, string>();
  for (const node of graph.nodes.slice()) {
    const half = borders.converted.has(node);
    if (half) halfConstants(graph, node, borders.type);
    for (const name of new Set(node.input)) {
      if (!borders.float.has(name) || borders.made.has(name) === half) continue;
      const to = half ? borders.type : 'float32';
      const cast = casts.get(`${name}/${to}`) ?? addCast(graph, name, to);
      casts.set(`${name}/${to}`, cast);
      graph.setInputs(
        node,
        node.input.map((input) => (input === name ? cast : input)),
      );
    }
  }
}

function addCast(graph: Graph, name: string, to: HalfType | 'float32'): string {
  const output = graph.uniqueName(`${name}_${to}`);
  graph.addNode({ op: 'Cast', inputs: [name], outputs: [output], attributes: { to: codes[to] } });
  return output;
}

/** Each constant is converted once; nodes that stay float32 keep the original. */
function halfConstants(graph: Graph, node: NodeProto, type: HalfType): void {
  const make = type === 'float16' ? float16Tensor : bfloat16Tensor;
  node.input.forEach((name, index) => {
    if (!isFloatConstant(graph, name)) return;
    const tensor = graph.initializers.get(name)!;
    const half = `${name}_${type}`;
    if (!graph.initializers.has(half)) {
      if (graph.producers.has(half))
        throw new OctetError('name-taken', `The model has a tensor "${half}" already. Rename it.`);
      graph.setInitializer(make(half, tensorDims(tensor), tensorToFloat32(tensor, graph.model)));
    }
    graph.setInput(node, index, half);
  });
}
