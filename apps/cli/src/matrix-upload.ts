import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OctetError } from '@octet/domain';
import { parseMatrixFile, routes, type MatrixFile, type ParsedMatrix } from '@octet/protocol';
import { addModel, modelName } from './commands/models.js';
import type { ControllerClient } from './controller-client.js';
import { datasetFiles } from './dataset-files.js';
import { uploadBundle } from './upload.js';

/** Reads a matrix file. Errors: `matrix-unreadable`, `matrix-invalid` (file, line, column, what is allowed). */
export function readMatrixFile(path: string): ParsedMatrix {
  return parseMatrixFile(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OctetError('matrix-unreadable', `${path} can't be read. Give the path of a matrix file (YAML).`, {
      cause,
    });
  }
}

/** Sends every file that a matrix names (paths are relative to the matrix file) and answers the matrix by hashes. */
export async function uploadMatrixFiles(
  client: ControllerClient,
  document: MatrixFile,
  matrixPath: string,
): Promise<MatrixFile> {
  const folder = dirname(resolve(matrixPath));
  const models: MatrixFile['models'] = [];
  for (const model of document.models) models.push(await uploadModel(client, model, folder));
  if (document.int8 === undefined) return { ...document, models };
  const int8: NonNullable<MatrixFile['int8']> = [];
  for (const recipe of document.int8) int8.push(await uploadOwnModel(client, recipe, folder));
  return { ...document, models, int8 };
}

type ModelEntry = MatrixFile['models'][number];
type RecipeEntry = NonNullable<MatrixFile['int8']>[number];

async function uploadModel(client: ControllerClient, entry: ModelEntry, folder: string): Promise<ModelEntry> {
  const data = entry.data === null ? null : await uploadData(client, entry.data, folder);
  if (entry.path === undefined) return { ...entry, data };
  const { path, ...rest } = entry;
  const model = await addModel(client, resolve(folder, path), modelName(path));
  return { ...rest, sha256: model.sha256, data };
}

/** A dataset that is no path here is a SHA-256 or a name that the controller knows. */
async function uploadData(client: ControllerClient, data: string, folder: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(data) || (await client.has(routes.dataset(data)))) return data;
  const path = resolve(folder, data);
  return (await uploadBundle(client, 'datasets', data, datasetFiles(path))).sha256;
}

async function uploadOwnModel(client: ControllerClient, recipe: RecipeEntry, folder: string): Promise<RecipeEntry> {
  if (!('model' in recipe) || recipe.sha256 !== null) return recipe;
  const model = await addModel(client, resolve(folder, recipe.model), modelName(recipe.model));
  return { ...recipe, sha256: model.sha256 };
}
