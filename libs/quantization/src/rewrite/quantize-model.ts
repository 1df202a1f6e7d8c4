import { isDynamic, OctetError, type QuantizationRecipe } from '@octet/domain';
import { loadModel, type Model, saveModel } from '@octet/onnx';

import type { CalibrationTable } from '../calibration/table.js';
import type { LeftLayer } from '../placement/plan.js';
import { layerName } from '../placement/exclusions.js';
import { untouchedLayers } from '../placement/untouched.js';
import { prepareModel } from '../prepare-model.js';
import { quantizeDynamic } from './quantize-dynamic.js';
import { quantizeStatic, type QuantizationTarget } from './quantize-static.js';

export interface QuantizeRequest {
  /** One of both. `prepared`: `model` went through `prepareModel` already. */
  model?: Model;
  modelPath?: string;
  prepared?: boolean;
  /** null for dynamic schemes. */
  table: CalibrationTable | null;
  recipe: QuantizationRecipe;
  target: QuantizationTarget;
  outPath: string;
}

export interface QuantizationReport {
  outPath: string;
  /** Layers that got INT8 weights: each must turn up in the runtime's INT8 layers (see `unfusedTargets`). */
  targets: string[];
  /** Everything meant to run in INT8: the targets and the operators joined between them. */
  quantized: string[];
  /** Layers that could hold INT8 weights but stay float, with the reason. */
  left: LeftLayer[];
}

/**
 * Writes the INT8 form of a model for one target.
 * Throws OctetError: `table-missing` (static scheme without table), `recipe-unsupported`, `opset-too-old`, and what
 * reading the model throws. A model without any layer that can be quantised is no error: `targets` is empty.
 */
export async function quantizeModel(request: QuantizeRequest): Promise<QuantizationReport> {
  const source = request.model ?? (await loadModel(modelPathOf(request)));
  const model = request.prepared === true ? source : prepareModel(source);
  const { model: result, plan } = isDynamic(request.recipe.scheme)
    ? quantizeDynamic(model, request.recipe, request.target)
    : quantizeStatic(model, tableOf(request), request.recipe, request.target);
  await saveModel(result, request.outPath);
  const targets = plan.layers.map((layer) => layerName(layer.node));
  const quantized = [...targets, ...plan.joined.map((entry) => entry.name)];
  return { outPath: request.outPath, targets, quantized, left: [...plan.left, ...untouchedLayers(model)] };
}

function modelPathOf(request: QuantizeRequest): string {
  if (request.modelPath !== undefined) return request.modelPath;
  throw new OctetError('model-missing', 'quantizeModel got neither a model nor a path. Give one of both.');
}

function tableOf(request: QuantizeRequest): CalibrationTable {
  if (request.table !== null) return request.table;
  throw new OctetError(
    'table-missing',
    `Scheme ${request.recipe.scheme} needs a calibration table. Calibrate first, or use a dynamic scheme.`,
  );
}
