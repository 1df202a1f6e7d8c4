import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  expandMatrix,
  expectedTime,
  isOctetError,
  isOwnModel,
  type BlobRef,
  type Expansion,
  type Matrix,
  type MatrixModel,
  type ModelFacts,
  type ResolvedModel,
} from '@octet/domain';
import { hashModel } from '@octet/onnx';
import { refusedCell, routes, type Bundle, type PlanDocument } from '@octet/protocol';
import { datasetFiles } from './dataset-files.js';
import { reachableClient, type KnownPlaces } from './known-classes.js';
import { modelFacts } from './local-bench.js';
import { bundleSha256, hashLocalFile } from './upload.js';

/** What a matrix would do, from its files here and the places known: nothing is uploaded, stored or run. */
export async function planMatrix(matrix: Matrix, matrixPath: string, places: KnownPlaces): Promise<PlanDocument> {
  const folder = dirname(resolve(matrixPath));
  const models: ResolvedModel[] = [];
  for (const model of matrix.models) models.push(await resolveModel(model, folder));
  const expansion = expandMatrix(matrix, models, places.classes, await ownModels(matrix, folder));
  return planDocument(matrix.name, expansion, places);
}

/** A model that can't be read is answered in its own cells; the others are planned. */
async function resolveModel(model: MatrixModel, folder: string): Promise<ResolvedModel> {
  try {
    const facts = await factsOf(model, folder);
    return { facts, dataset: await datasetOf(model, folder), refusal: null };
  } catch (error) {
    if (!isOctetError(error)) throw error;
    const refusal = { code: error.code, message: error.message };
    return { facts: { name: nameOf(model), sha256: null }, dataset: null, refusal };
  }
}

function nameOf({ source }: MatrixModel): string {
  if ('path' in source) return basename(source.path).replace(/\.onnx$/i, '');
  return 'name' in source ? source.name : source.sha256.slice(0, 12);
}

async function factsOf({ source }: MatrixModel, folder: string): Promise<ModelFacts> {
  if ('path' in source) return modelFacts(resolve(folder, source.path));
  return storedFacts('name' in source ? source.name : source.sha256);
}

/** A model known by name or hash only: the controller has inspected it. */
async function storedFacts(reference: string): Promise<ModelFacts> {
  const client = reachableClient();
  if (client === null) return modelFacts(reference);
  const { model } = await client.get<{ model: Bundle }>(routes.model(reference));
  const inputs = (model.inspection?.['inputs'] ?? []) as { name: string; shape: (number | string | null)[] | null }[];
  return {
    name: model.name,
    sha256: model.sha256,
    inputs: inputs.map((input) => ({ name: input.name, dims: input.shape ?? [] })),
  };
}

async function datasetOf({ data }: MatrixModel, folder: string): Promise<BlobRef | null> {
  if (data === null) return null;
  const path = resolve(folder, data);
  // A dataset that is no file here is known to the controller by name or hash.
  if (!existsSync(path)) return { name: data, sha256: /^[0-9a-f]{64}$/.test(data) ? data : '' };
  const hashed = [];
  for (const file of datasetFiles(path)) hashed.push(await hashLocalFile(file));
  return { name: data, sha256: bundleSha256(hashed) };
}

async function ownModels(matrix: Matrix, folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const recipe of matrix.int8) {
    if (isOwnModel(recipe) && recipe.sha256 === null)
      digests[recipe.model] = await hashModel(resolve(folder, recipe.model));
  }
  return digests;
}

function planDocument(name: string, expansion: Expansion, places: KnownPlaces): PlanDocument {
  return {
    schemaVersion: 1,
    name,
    trials: expansion.trials.map((spec) => ({ spec, expectedSeconds: expectedTime(spec).mostSeconds })),
    refused: expansion.unsupported.map(refusedCell),
    waiting: expansion.waiting,
    expectedSeconds: wallSeconds(expansion, places),
  };
}

/** Device classes work side by side, their slots too; null where a class has no connected slot. */
function wallSeconds({ trials }: Expansion, { slots }: KnownPlaces): number | null {
  const byClass = new Map<string, number[]>();
  for (const spec of trials) {
    byClass.set(spec.deviceClass, [...(byClass.get(spec.deviceClass) ?? []), expectedTime(spec).mostSeconds]);
  }
  let longest = 0;
  for (const [deviceClass, seconds] of byClass) {
    const available = Math.min(slots.get(deviceClass) ?? 0, seconds.length);
    if (available === 0) return null;
    longest = Math.max(longest, seconds.reduce((sum, value) => sum + value, 0) / available);
  }
  return Math.round(longest);
}
