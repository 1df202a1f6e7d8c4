import { declaredShape, type Graph, valueInfo } from '@octet/onnx';

import type { LeftLayer } from '../placement/plan.js';

export type HalfType = 'float16' | 'bfloat16';

/**
 * Inputs and outputs of the model: kept float32 by casts behind the inputs (put in at the borders already) and before the
 * outputs, or turned to the half type. Returns what stayed, for the report.
 */
export function castInputsAndOutputs(
  graph: Graph,
  made: ReadonlySet<string>,
  { keepIo, type }: { keepIo: boolean; type: HalfType },
): LeftLayer[] {
  return keepIo ? keepOutputs(graph, made) : turnEnds(graph, made, type);
}

function keepOutputs(graph: Graph, made: ReadonlySet<string>): LeftLayer[] {
  const left: LeftLayer[] = [];
  for (const output of graph.proto.output) {
    if (!made.has(output.name)) continue;
    const producer = graph.producers.get(output.name)!;
    const half = graph.uniqueName(`${output.name}_half`);
    graph.setOutput(producer, producer.output.indexOf(output.name), half);
    graph.redirect(output.name, half);
    graph.addNode({ op: 'Cast', inputs: [half], outputs: [output.name], attributes: { to: 1 } });
    left.push({ name: output.name, opType: 'output', reason: 'outputs of the model stay float32' });
  }
  for (const input of graph.proto.input)
    left.push({ name: input.name, opType: 'input', reason: 'inputs of the model stay float32' });
  return left;
}

/** Inputs read in the half type only, and outputs made in it, take that type; the others stay and are listed. */
function turnEnds(graph: Graph, made: ReadonlySet<string>, type: HalfType): LeftLayer[] {
  const left: LeftLayer[] = [];
  graph.proto.input = graph.proto.input.map((input) => {
    const readers = graph.consumersOf(input.name);
    const cast = readers[0];
    const only = readers.length === 1 && cast?.opType === 'Cast' && cast.output[0]?.endsWith(`_${type}`) === true;
    if (!only) {
      left.push({ name: input.name, opType: 'input', reason: 'it is read as float32, or is no float' });
      return input;
    }
    graph.redirect(cast.output[0]!, input.name);
    graph.removeNode(cast);
    return valueInfo({ name: input.name, dataType: type, shape: declaredShape(input.type) });
  });
  graph.proto.output = graph.proto.output.map((output) => {
    if (made.has(output.name))
      return valueInfo({ name: output.name, dataType: type, shape: declaredShape(output.type) });
    left.push({ name: output.name, opType: 'output', reason: 'it is made in float32, or is no float' });
    return output;
  });
  return left;
}
