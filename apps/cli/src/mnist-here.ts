import { join } from 'node:path';
import { digitPicture, mnistStory, readDataset, type Dataset, type MnistStory } from '@octet/quantization';
import { floatRunner, threadsOf, wholeNumber } from './float-runner.js';
import { projectRoot } from './supervisor/project.js';

const input = { name: 'image', dataType: 'float32' as const, dims: [-1, 1, 28, 28] };
const side = 28;

/** Calibrates on digits the network was trained on and judges on digits it never saw, both as MNIST's IDX files. */
export async function mnistHere(
  options: { threads?: string; seed: string },
  tell: (text: string) => void,
): Promise<{ story: MnistStory; pictures: string[] }> {
  const examples = join(projectRoot(), 'examples');
  const { prepareExamples } = await import('../../../examples/prepare.js');
  await prepareExamples(examples, examples);
  const read = (name: string): Promise<Dataset> =>
    readDataset(join(examples, 'data', `mnist-${name}-images.idx3-ubyte`), { inputs: [input] });
  const heldOut = await read('test');
  const story = await mnistStory({
    modelPath: join(examples, 'models', 'mnist-cnn.onnx'),
    calibration: await read('calibration'),
    heldOut,
    runner: floatRunner('mnist', threadsOf(options.threads)),
    seed: wholeNumber('--seed', options.seed, 0),
    onProgress: (step) => tell(`mnist: ${step}`),
  });
  return { story, pictures: sideBySide(heldOut) };
}

/** The same digit at 8, 4, 2 and 1 bits a pixel, beside each other. */
function sideBySide(heldOut: Dataset): string[] {
  const pixels = heldOut.batch(0, 1)[input.name]!.data as Float32Array;
  const bits = [8, 4, 2, 1];
  const pictures = bits.map((count) => digitPicture(pixels, side, count));
  const lines = pictures[0]!.map((_, row) =>
    pictures
      .map((picture) => picture[row]!.padEnd(side))
      .join('  ')
      .trimEnd(),
  );
  return [
    bits
      .map((count) => `${count} bit${count === 1 ? '' : 's'}`.padEnd(side))
      .join('  ')
      .trimEnd(),
    ...lines,
  ];
}
