import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OctetError } from '@octet/domain';
import { labelPathOf } from '@octet/quantization';
import type { LocalFile } from './upload.js';

/**
 * The files of a dataset: an .npz or .npy alone; IDX images with their labels and preprocessing recipe; a folder whole, under
 * its own name. Opened on the other side by the first segment of the first path (`openPathOf`).
 */
export function datasetFiles(path: string): LocalFile[] {
  if (!existsSync(path))
    throw new OctetError(
      'dataset-missing',
      `There is no dataset at ${path}. Give an .npz, .npy or IDX file, or a folder.`,
    );
  if (statSync(path).isDirectory()) return folderFiles(path);
  const beside = [labelPathOf(path), `${path}.preprocess.json`].filter((file) => file !== null && existsSync(file));
  return [path, ...beside].map((file) => ({ path: basename(file!), localPath: join(dirname(path), basename(file!)) }));
}

function folderFiles(folder: string): LocalFile[] {
  const name = basename(folder);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();
  if (files.length === 0)
    throw new OctetError('dataset-empty', `The folder ${folder} holds no file. Put the samples there.`);
  return files.map((file) => ({ path: `${name}/${file.replaceAll('\\', '/')}`, localPath: join(folder, file) }));
}
