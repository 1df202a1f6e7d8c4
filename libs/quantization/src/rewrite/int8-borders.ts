import { OctetError } from '@octet/domain';
import { copyModel, declaredShape, Graph, type Model, onnxType, tensorToFloat32, valueInfo } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

export interface Int8Borders {
  model: Model;
  /** Scale of each input that takes INT8 now: whoever feeds it divides by it and rounds. */
  inputScales: Record<string, number>;
  /** Outputs that give INT8 now. */
  outputs: string[];
}

/**
 * Takes the Q/DQ nodes at the border out of a Q/DQ model, on a copy: inputs that are read by one symmetric QuantizeLinear
 * become INT8, and with `outputs` also outputs that a DequantizeLinear makes. What disappears from the time is what these
 * conversions cost. @throws OctetError `border-not-quantized` where nothing could be taken out.
 */
export function takeBordersOut(source: Model, sides: { outputs: boolean }): Int8Borders {
  const model = copyModel(source);
  const graph = new Graph(model);
  const inputScales = Object.fromEntries(
    graph.proto.input.flatMap(({ name }) => {
      const scale = graph.isInput(name) ? freeInput(graph, name) : null;
      return scale === null ? [] : [[name, scale] as const];
    }),
  );
  const outputs = sides.outputs
    ? graph.proto.output.map(({ name }) => name).filter((name) => freeOutput(graph, name))
    : [];
  if (sides.outputs ? outputs.length === 0 : Object.keys(inputScales).length === 0) throw nothingTaken(sides.outputs);
  model.graph.valueInfo = [];
  return { model, inputScales, outputs };
}

function nothingTaken(outputs: boolean): OctetError {
  const where = outputs
    ? 'No output of this model is made by a DequantizeLinear'
    : 'No input of this model goes to one symmetric QuantizeLinear only';
  return new OctetError('border-not-quantized', `${where}: there is no conversion at that border to take out.`);
}

/** The scale of an input that is INT8 from now on; null for one that is read in float as well. */
function freeInput(graph: Graph, name: string): number | null {
  const readers = graph.consumersOf(name);
  const [reader] = readers;
  if (readers.length !== 1 || reader?.opType !== 'QuantizeLinear' || reader.input[0] !== name) return null;
  const scale = symmetricScale(graph, reader);
  if (scale === null) return null;
  graph.redirect(reader.output[0] ?? '', name);
  graph.removeNode(reader);
  retype(graph.proto.input, name);
  return scale;
}

/** The tensor before the last DequantizeLinear takes the output's name. */
function freeOutput(graph: Graph, name: string): boolean {
  const last = graph.producers.get(name);
  if (last?.opType !== 'DequantizeLinear' || graph.consumersOf(name).length > 0) return false;
  const quantized = last.input[0] ?? '';
  const maker = graph.producers.get(quantized);
  if (maker?.opType !== 'QuantizeLinear' || symmetricScale(graph, maker) === null) return false;
  graph.removeNode(last);
  graph.setOutput(maker, 0, name);
  graph.redirect(quantized, name);
  retype(graph.proto.output, name);
  return true;
}

/** Of one scale for the whole tensor and INT8 with zero point 0; else null. */
function symmetricScale(graph: Graph, node: NodeProto): number | null {
  const scale = graph.constantOf(node.input[1] ?? '');
  const zeroPoint = graph.constantOf(node.input[2] ?? '');
  if (scale === null || zeroPoint === null || onnxType(zeroPoint.dataType) !== 'int8') return null;
  const scales = tensorToFloat32(scale, graph.model);
  const zero = tensorToFloat32(zeroPoint, graph.model).every((value) => value === 0);
  return scales.length === 1 && zero ? (scales[0] ?? null) : null;
}

function retype(values: Graph['proto']['input'], name: string): void {
  const index = values.findIndex((value) => value.name === name);
  const shape = declaredShape(values[index]!.type);
  values[index] = valueInfo({ name, dataType: 'int8', shape });
}
