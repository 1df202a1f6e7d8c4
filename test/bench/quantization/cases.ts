import { fileURLToPath } from 'node:url';
import { prepareExamples } from '../../../examples/prepare.js';
import { randomDataset, readDataset, type Dataset, type InputSpec } from '@octet/quantization';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A trained model with real data where there are some, as `examples/prepare.ts` makes them. */
export interface AccuracyCase {
  name: string;
  modelPath: string;
  /** null: seeded random inputs, for a model without data here. */
  dataPath: string | null;
  input: InputSpec;
}

export const accuracyCases: readonly AccuracyCase[] = [
  {
    name: 'mnist-cnn',
    modelPath: at('examples/models/mnist-cnn.onnx'),
    dataPath: at('examples/data/mnist-calibration.npz'),
    input: { name: 'image', dataType: 'float32', dims: [-1, 1, 28, 28] },
  },
  {
    name: 'ocr-direction',
    modelPath: at('examples/models/ocr-direction.onnx'),
    dataPath: at('examples/data/ocr-directions.npz'),
    input: { name: 'x', dataType: 'float32', dims: [-1, 3, 48, 192] },
  },
  {
    name: 'ocr-rec',
    modelPath: at('examples/models/ocr-rec.onnx'),
    dataPath: at('examples/data/ocr-lines.npz'),
    input: { name: 'x', dataType: 'float32', dims: [-1, 3, 48, 320] },
  },
  {
    name: 'wake-word',
    modelPath: at('examples/models/wake-word.onnx'),
    dataPath: null,
    input: { name: 'onnx::Flatten_0', dataType: 'float32', dims: [-1, 25, 96] },
  },
];

const randomSamples = 1024;

/** Puts the models and data of the cases in place, where they are not yet. */
export async function prepareCases(): Promise<void> {
  await prepareExamples(at('examples'));
}

export async function caseDataset({ dataPath, input }: AccuracyCase): Promise<Dataset> {
  if (dataPath === null) return randomDataset([input], {}, 1, randomSamples);
  return readDataset(dataPath, { inputs: [input] });
}
