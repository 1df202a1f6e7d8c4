import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { OctetError } from '@octet/domain';
import { z } from 'zod';

import { elementCount, type InputSpec } from '../tensor.js';
import { checkWindow, describeInput, emptyDataset, type Dataset } from './dataset.js';
import { pictureToTensor, readPicture } from './images.js';
import { parsePreprocess, preprocessSchema, type Preprocess } from './preprocess.js';

const pictureName = /\.(png|jpe?g)$/i;

/**
 * A folder of PNG and JPEG files (sorted by name; one level of folders below it), with `preprocess.json` and, for labels,
 * `labels.json` ({"file.png": 3}) or folders named by class index. Pictures are decoded when a batch is asked for.
 */
export function readImageFolder(path: string, specs: readonly InputSpec[]): Dataset {
  const spec = specs[0];
  if (spec === undefined || specs.length > 1 || spec.dataType !== 'float32') {
    throw new OctetError(
      'dataset-shape',
      `A folder of pictures feeds one float32 input, but the model has ${specs.map(describeInput).join('; ')}. Use an .npz file.`,
    );
  }
  const files = pictureFiles(path);
  if (files.length === 0) throw emptyDataset();
  const recipe = readRecipe(join(path, 'preprocess.json'));
  const dims = targetDims(spec, recipe);
  return {
    count: files.length,
    hash: hashFolder(path, files),
    inputNames: [spec.name],
    labels: readLabels(path, files),
    source: 'file',
    batch(from, size) {
      checkWindow(files.length, from, size);
      return { [spec.name]: loadBatch(path, files.slice(from, from + size), dims, recipe) };
    },
  };
}

function loadBatch(path: string, files: string[], dims: TargetDims, recipe: Preprocess) {
  const width = elementCount(dims.sample);
  const data = new Float32Array(width * files.length);
  files.forEach((file, i) => {
    data.set(pictureToTensor(readPicture(join(path, file)), dims.height, dims.width, recipe), i * width);
  });
  return { dataType: 'float32' as const, dims: [files.length, ...dims.sample], data };
}

interface TargetDims {
  height: number;
  width: number;
  sample: number[];
}

function targetDims(spec: InputSpec, recipe: Preprocess): TargetDims {
  const depth = recipe.channels === 'gray' ? 1 : 3;
  const [channelAt, heightAt, widthAt] = recipe.layout === 'NCHW' ? [1, 2, 3] : [3, 1, 2];
  const height = recipe.size?.[0] ?? spec.dims[heightAt!] ?? -1;
  const width = recipe.size?.[1] ?? spec.dims[widthAt!] ?? -1;
  const fits = (dim: number | undefined, value: number): boolean => dim === value || (dim !== undefined && dim < 0);
  const agrees =
    spec.dims.length === 4 &&
    fits(spec.dims[channelAt!], depth) &&
    height > 0 &&
    width > 0 &&
    fits(spec.dims[heightAt!], height) &&
    fits(spec.dims[widthAt!], width);
  if (!agrees) {
    throw new OctetError(
      'dataset-shape',
      `preprocess.json makes ${recipe.layout} pictures of ${depth} x ${height} x ${width}, the model wants ${describeInput(spec)}. Set "size", "channels" and "layout".`,
    );
  }
  return { height, width, sample: recipe.layout === 'NCHW' ? [depth, height, width] : [height, width, depth] };
}

function pictureFiles(path: string): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isFile() && pictureName.test(entry.name)) files.push(entry.name);
    if (!entry.isDirectory()) continue;
    for (const name of readdirSync(join(path, entry.name))) {
      if (pictureName.test(name) && statSync(join(path, entry.name, name)).isFile())
        files.push(`${entry.name}/${name}`);
    }
  }
  return files.sort();
}

function readRecipe(path: string): Preprocess {
  return existsSync(path) ? parsePreprocess(readFileSync(path, 'utf8'), path) : preprocessSchema.parse({});
}

function readLabels(path: string, files: string[]): Int32Array | null {
  const labelFile = join(path, 'labels.json');
  if (existsSync(labelFile)) {
    const labels = z
      .record(z.string(), z.number().int().nonnegative())
      .parse(JSON.parse(readFileSync(labelFile, 'utf8')));
    return Int32Array.from(files, (file) => labels[file] ?? missingLabel(file, labelFile));
  }
  const classes = files.map((file) => /^(\d+)\//.exec(file)?.[1]);
  return classes.every((name) => name !== undefined) ? Int32Array.from(classes, Number) : null;
}

function missingLabel(file: string, labelFile: string): never {
  throw new OctetError('dataset-labels', `${labelFile} has no label for ${file}. Add it or remove the picture.`);
}

function hashFolder(path: string, files: string[]): string {
  const hash = createHash('sha256');
  const extra = ['preprocess.json', 'labels.json'].filter((name) => existsSync(join(path, name)));
  for (const file of [...extra, ...files]) {
    const content = createHash('sha256')
      .update(readFileSync(join(path, file)))
      .digest('hex');
    hash.update(`${content}  ${file}\n`);
  }
  return hash.digest('hex');
}
