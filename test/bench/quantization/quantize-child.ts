/*
 * Calibrates (max) and rewrites one model in a process of its own and prints the time and the process's peak memory.
 *   node quantize-child.mjs MODEL.onnx DATA.npy INPUT DIMS OUT.onnx SMALL.onnx
 */
import { calibrateModel, prepareModel, quantizeModel, readDataset } from '@octet/quantization';
import { recipeDefaults } from '@octet/domain';
import { peakResidentBytes } from '../../../libs/engines/src/measuring-process/peak-memory.js';
import { floatSessionExtra } from '../../../libs/engines/src/onnxruntime/float-session.js';
import { hashModel, loadModel } from '@octet/onnx';
import { nodeRunner } from '../../../libs/quantization/src/testing/node-runner.js';

const [modelPath, dataPath, name, dims, outPath, small] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
// Starts the runtime; Python's starts when its modules are loaded, which is not timed either.
await (await nodeRunner().open(small)).dispose();
const started = performance.now();
const inputs = [{ name, dataType: 'float32' as const, dims: JSON.parse(dims) as number[] }];
const [dataset, loaded, modelSha256] = await Promise.all([
  readDataset(dataPath, { inputs }),
  loadModel(modelPath),
  hashModel(modelPath),
]);
const model = prepareModel(loaded);
const request = {
  modelSha256,
  dataset,
  runner: nodeRunner({}, { extra: floatSessionExtra(false) }),
  seed: 1,
  coverage: 'explicit' as const,
};
const table = (await calibrateModel(request, model, ['max'])).get('max')!;
const written = { model, prepared: true, table, recipe: recipeDefaults, target: 'onnxruntime-cpu' as const, outPath };
const report = await quantizeModel(written);
const milliseconds = performance.now() - started;
const peakBytes = peakResidentBytes();
console.log(JSON.stringify({ milliseconds, peakBytes, targets: report.targets.length }));
