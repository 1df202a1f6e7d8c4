import { loadModel } from '@octet/onnx';
import {
  compareLayers,
  evaluateModels,
  fixedBatchOf,
  inputSpecs,
  readDataset,
  type AccuracyReport,
  type LayerComparison,
} from '@octet/quantization';
import { floatRunner, threadsOf, wholeNumber } from './float-runner.js';

export interface AccuracyHereOptions {
  data: string;
  batchSize?: string;
  layers?: boolean;
  threads?: string;
}

/** Both models over the same inputs, with ONNX Runtime on this machine's CPU. */
export async function accuracyHere(
  reference: string,
  candidate: string,
  options: AccuracyHereOptions,
): Promise<{ report: AccuracyReport; layers: LayerComparison[] | null }> {
  const inputs = inputSpecs(await loadModel(reference));
  const batchSize =
    options.batchSize === undefined ? fixedBatchOf(inputs) : wholeNumber('--batch-size', options.batchSize, 1);
  const dataset = await readDataset(options.data, { inputs });
  const runner = floatRunner('accuracy', threadsOf(options.threads));
  const report = await evaluateModels(runner, reference, candidate, dataset, batchSize);
  const layers = options.layers === true ? await compareLayers(runner, reference, candidate, dataset, batchSize) : null;
  return { report, layers };
}
