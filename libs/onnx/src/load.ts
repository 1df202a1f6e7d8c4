import { readFile, stat } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import { fromBinary } from '@bufbuild/protobuf';
import { OctetError } from '@octet/domain';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { bufferSource, FileSource } from './byte-source.js';
import { baseDirOf, externalPath } from './external-data.js';
import { Model } from './model.js';
import { scanModel, type WireSummary } from './wire-scan.js';

export interface LoadOptions {
  /** JavaScript heap that decoding may take; default half of this process's limit. */
  heapLimitBytes?: number;
}

export interface ParseOptions extends LoadOptions {
  /** Folder of the model's external data. */
  baseDir?: string;
  /** What to call the model in messages. */
  what?: string;
}

const graphField = 7;
const opsetField = 8;
/** Protobuf's own limit for one message. */
const maxModelBytes = 2 ** 31 - 1;

function heapLimit(options: LoadOptions): number {
  return options.heapLimitBytes ?? getHeapStatistics().heap_size_limit / 2;
}

/** A cut that falls exactly between two top-level fields leaves valid protobuf; the order in which exporters write tells it. */
function checkComplete(summary: WireSummary, what: string): void {
  if (!summary.fields.has(graphField)) {
    throw new OctetError(
      summary.fields.has(opsetField) ? 'model-not-onnx' : 'model-truncated',
      `${what} has no graph: it is cut short or is not a model. Copy it again or export it again.`,
    );
  }
  if (summary.fields.has(opsetField)) return;
  throw new OctetError(
    'model-truncated',
    `${what} ends before its operator sets: it is cut short. Copy or download it again, and compare its size with the original's.`,
  );
}

function decode(bytes: Uint8Array, what: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new OctetError('model-not-onnx', `${what} is not an ONNX model: ${String(cause)}. Export it again.`, {
      cause,
    });
  }
}

/**
 * Decodes a model. Weights stay views of `bytes`: keep them unchanged.
 * Errors: `model-empty`, `model-not-onnx`, `model-truncated`, `model-too-large`, `external-data-missing`,
 * `external-data-outside`.
 */
export function parseModel(bytes: Uint8Array, options: ParseOptions = {}): Model {
  const what = options.what ?? 'The model';
  return decodeScanned(bytes, scanModelBytes(bytes, what, options), what, options.baseDir ?? null);
}

/** Structure of a model in memory, checked. Errors: as `parseModel`, but for those of external data. */
export function scanModelBytes(bytes: Uint8Array, what: string, options: LoadOptions = {}): WireSummary {
  const summary = scanModel(bufferSource(bytes), what, heapLimit(options));
  checkComplete(summary, what);
  return summary;
}

function decodeScanned(bytes: Uint8Array, summary: WireSummary, what: string, baseDir: string | null): Model {
  for (const location of summary.externalLocations) externalPath(location, baseDir);
  return new Model(decode(bytes, what), baseDir);
}

/** Structure of a model file, read header by header; the weights are not touched. Errors: as `parseModel`. */
export function scanModelFile(path: string, options: LoadOptions = {}): WireSummary {
  const source = new FileSource(path);
  try {
    const summary = scanModel(source, path, heapLimit(options));
    checkComplete(summary, path);
    return summary;
  } finally {
    source.close();
  }
}

/** A file of this size may be read whole before its structure is known to be sound. */
export const smallFileBytes = 64 * 2 ** 20;

/** Size of the file in bytes. */
async function checkFile(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new OctetError('model-missing', `There is no model at ${path}. Check the path.`, { cause });
  });
  if (!found.isFile()) throw new OctetError('model-missing', `${path} is not a file. Give the path of an .onnx file.`);
  if (found.size <= maxModelBytes) return found.size;
  throw new OctetError(
    'model-too-large',
    `${path} is larger than 2 GiB, which protobuf does not allow. Save it with external data (onnx.save(..., save_as_external_data=True)).`,
  );
}

/**
 * Reads a model file. Its structure is checked before it is decoded, and before a large file is read into memory; external
 * data are checked to be there and inside the folder, and read tensor by tensor when asked for.
 * Errors: `model-missing`, and as `parseModel`.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model> {
  const size = await checkFile(path);
  if (size <= smallFileBytes)
    return parseModel(await readFile(path), { ...options, baseDir: baseDirOf(path), what: path });
  const summary = scanModelFile(path, options);
  return decodeScanned(await readFile(path), summary, path, baseDirOf(path));
}
