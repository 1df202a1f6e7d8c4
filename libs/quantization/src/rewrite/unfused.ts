import { loadModel } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import { layerName } from '../placement/exclusions.js';

/** Operators that compute with integers, as ONNX Runtime's optimiser names them. */
const integerOperators = new Set([
  'QLinearConv',
  'QLinearMatMul',
  'QGemm',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'DynamicQuantizeMatMul',
  'ConvInteger',
  'QLinearAdd',
  'QLinearConcat',
  'QLinearAveragePool',
  'QLinearGlobalAveragePool',
  'QLinearLeakyRelu',
  'QLinearMul',
  'QLinearSigmoid',
]);

const floatOperators = new Set(['Conv', 'FusedConv', 'Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul', 'ConvTranspose']);

/**
 * Which targets stayed float in the graph that ONNX Runtime wrote after optimising (`optimizedModelFilePath`). The
 * optimiser keeps a node's name where it replaces one by one and joins names or makes new ones where it fuses several, so
 * a target counts as fused when an integer operator bears its name, or when no float operator does.
 */
export async function unfusedTargets(optimizedModelPath: string, targets: readonly string[]): Promise<string[]> {
  const nodes = (await loadModel(optimizedModelPath)).graph.node;
  return unfusedAmong(nodes, targets);
}

/** As `unfusedTargets`, over nodes at hand. */
export function unfusedAmong(nodes: readonly NodeProto[], targets: readonly string[]): string[] {
  const integer = new Set(nodes.filter((node) => integerOperators.has(node.opType)).map(layerName));
  const float = nodes.filter((node) => floatOperators.has(node.opType)).map(layerName);
  return targets.filter((target) => !integer.has(target) && float.some((name) => bears(name, target)));
}

/** The optimiser appends to a name (`conv_nchwc`, `conv/MatMulAddFusion`). */
function bears(name: string, target: string): boolean {
  if (name === target) return true;
  return (
    name.startsWith(target) &&
    /^[_/](nchwc|fused|token|MatMulAddFusion|GemmActivationFusion)/i.test(name.slice(target.length))
  );
}
