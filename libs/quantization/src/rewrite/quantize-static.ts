import { create } from '@bufbuild/protobuf';
import { OctetError, type QuantizationRecipe } from '@octet/domain';
import { copyModel, Graph, type Model } from '@octet/onnx';
import { OperatorSetIdProtoSchema } from 'onnx-buf';

import type { CalibrationTable } from '../calibration/table.js';
import { layerName } from '../placement/exclusions.js';
import { placeForOnnxRuntimeCpu } from '../placement/onnxruntime-cpu.js';
import type { PlacementPlan } from '../placement/plan.js';
import { placeForTensorRt } from '../placement/tensorrt.js';
import { withOpset } from './newer-opset.js';
import { writeActivationPair, writeWeights, type WeightCache, type WriterOptions } from './qdq-writer.js';
import type { StaticScheme } from './tensor-parameters.js';

/** Where the rewritten model will run: placement and number formats differ. */
export type QuantizationTarget = 'onnxruntime-cpu' | 'onnxruntime-cuda' | 'tensorrt';

/**
 * QLinearConv came with opset 10, MaxPool of integers with 12; Q/DQ per channel in the standard domain with 13 (com.microsoft has it at
 * any).
 */
const integerOpset = 10;
const integerPoolOpset = 12;
const perChannelOpset = 13;

/**
 * Static INT8: Q/DQ pairs around what the target runs in INT8, by the table's ranges. Works on a copy of the prepared
 * model. Throws OctetError `recipe-unsupported` (asymmetric for TensorRT), `opset-too-old` and `table-without-means`.
 */
export function quantizeStatic(
  model: Model,
  table: CalibrationTable,
  recipe: QuantizationRecipe,
  target: QuantizationTarget,
): { model: Model; plan: PlacementPlan } {
  const scheme = staticScheme(recipe, target);
  const copy = copyModel(inOpsetFor(target, model));
  const options = writerOptions(copy, table, recipe, target);
  const graph = new Graph(copy);
  nameNodes(graph);
  const request = { graph, table, scheme, exclude: recipe.exclude };
  const plan = target === 'onnxruntime-cpu' ? placeForOnnxRuntimeCpu(request) : placeForTensorRt(request);
  writePlan(graph, plan, options);
  // Types that the exporter noted are wrong for the new tensors; runtimes infer them afresh.
  copy.graph.valueInfo = [];
  return { model: copy, plan };
}

function staticScheme(recipe: QuantizationRecipe, target: QuantizationTarget): StaticScheme {
  if (recipe.scheme === 'static-symmetric') return recipe.scheme;
  if (recipe.scheme === 'static-asymmetric' && target === 'onnxruntime-cpu') return recipe.scheme;
  throw new OctetError(
    'recipe-unsupported',
    `Scheme ${recipe.scheme} can't be written for ${target}: it wants zero point 0 everywhere. Use static-symmetric.`,
  );
}

function writerOptions(
  model: Model,
  table: CalibrationTable,
  recipe: QuantizationRecipe,
  target: QuantizationTarget,
): WriterOptions {
  const cpu = target === 'onnxruntime-cpu';
  return {
    domain: quantizeDomain(model),
    perChannel: recipe.granularity === 'per-channel',
    weightBits: recipe.weightBits,
    integerWeights: cpu,
    integerBias: cpu,
    channelMeans: recipe.biasCorrection === true ? meansOf(table) : null,
  };
}

function meansOf({ channelMeans }: CalibrationTable): NonNullable<CalibrationTable['channelMeans']> {
  if (channelMeans !== undefined) return channelMeans;
  throw new OctetError(
    'table-without-means',
    'The calibration table holds no channel means, from which biases are corrected. Calibrate again for bias correction, or leave it out.',
  );
}

function inOpsetFor(target: QuantizationTarget, model: Model): Model {
  if (target !== 'onnxruntime-cpu') return withOpset(model, perChannelOpset);
  const pools = model.graph.node.some((node) => node.opType === 'MaxPool');
  return withOpset(model, integerOpset, pools ? integerPoolOpset : integerOpset);
}

function quantizeDomain(model: Model): WriterOptions['domain'] {
  if ((model.opset() ?? 0) >= perChannelOpset) return '';
  importDomain(model, 'com.microsoft', 1n);
  return 'com.microsoft';
}

function importDomain(model: Model, domain: string, version: bigint): void {
  if (model.opset(domain) !== null) return;
  model.proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version }));
}

/** Plans refer to nodes by name: give one to those without, and make doubles distinct. */
export function nameNodes(graph: Graph): void {
  const used = new Set<string>();
  for (const node of graph.nodes) {
    const wanted = layerName(node);
    if (node.name === wanted && !used.has(wanted)) {
      used.add(wanted);
      continue;
    }
    node.name = used.has(wanted) ? graph.uniqueName(`${wanted}_${node.opType}`) : wanted;
    used.add(node.name);
  }
}

function writePlan(graph: Graph, plan: PlacementPlan, options: WriterOptions): void {
  const weights: WeightCache = new Map();
  for (const layer of plan.layers)
    writeWeights(graph, layer, plan.tensors.get(layer.input)!.parameters.scale, options, weights);
  for (const tensor of plan.tensors.values()) writeActivationPair(graph, tensor, options);
  graph.removeUnused();
  graph.sort();
}
