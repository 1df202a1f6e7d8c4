import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { isOctetError, OctetError } from '@octet/domain';
import { StringStringEntryProtoSchema, type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { externalRange } from './external-data.js';
import { copyModel, Model } from './model.js';
import { modelChunks, totalLength } from './serialize.js';
import { walkSubgraphs } from './subgraphs.js';
import { isExternal, tensorByteLength, tensorBytes } from './tensor-bytes.js';

export interface SaveOptions {
  /**
   * Initialisers of at least this many bytes go to `<file name>.data` beside the model. Without it: only if the model
   * has external data already or would pass 2 GiB, and then those of 1,024 bytes or more.
   */
  externalDataThresholdBytes?: number;
}

const maxModelBytes = 2 ** 31 - 1;
/** Page-aligned offsets let a runtime map the file (onnxruntime maps external initialisers at 4 KiB borders). */
const alignment = 4096;
const copyChunk = 16 * 1024 * 1024;
/** Linux takes at most 1,024 pieces in one call (IOV_MAX). */
const maxPieces = 1024;

/** Weights plus a generous guess of the rest decides, without serialising. */
function inlineBytes(model: Model): number {
  return model.graph.initializer.reduce((sum, tensor) => sum + (tensorByteLength(tensor) ?? 0) + 256, 0);
}

function thresholdOf(model: Model, options: SaveOptions): number | null {
  if (options.externalDataThresholdBytes !== undefined) return options.externalDataThresholdBytes;
  return model.hasExternalData() || inlineBytes(model) > 0.9 * maxModelBytes ? 1024 : null;
}

/** Pieces of at most `copyChunk`, gathered: a model has hundreds of small tensors, and a call for each would cost more than the bytes. */
async function writeAll(file: FileHandle, chunks: Iterable<Uint8Array>): Promise<void> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    await writePieces(file, gathered, bytes);
    gathered = [];
    bytes = 0;
  };
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += copyChunk) {
      const piece = chunk.subarray(start, start + copyChunk);
      if (bytes + piece.length > copyChunk || gathered.length === maxPieces) await flush();
      gathered.push(piece);
      bytes += piece.length;
    }
  }
  await flush();
}

/** The kernel may take less than it was given (a full disk tells so at the next call). */
async function writePieces(file: FileHandle, pieces: readonly Uint8Array[], bytes: number): Promise<void> {
  if (bytes === 0) return;
  const { bytesWritten } = await file.writev(pieces);
  let skip = bytesWritten;
  for (const piece of bytesWritten === bytes ? [] : pieces) {
    if (skip < piece.length) await file.writeFile(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
}

/** Copies an external tensor's range piece by piece: a tensor may be larger than any buffer should be. */
async function copyRange(tensor: TensorProto, baseDir: string | null, to: FileHandle): Promise<void> {
  const range = externalRange(tensor, baseDir);
  const from = await open(range.path, 'r');
  try {
    const piece = new Uint8Array(Math.min(copyChunk, range.length));
    for (let done = 0; done < range.length;) {
      const { bytesRead } = await from.read(piece, 0, Math.min(piece.length, range.length - done), range.offset + done);
      if (bytesRead === 0)
        throw new OctetError(
          'external-data-truncated',
          `"${range.location}" became shorter while it was read. Copy it again.`,
        );
      await to.writeFile(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
  } finally {
    await from.close();
  }
}

function externalTensor(tensor: TensorProto, location: string, offset: number, length: number): TensorProto {
  const entry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value });
  return create(TensorProtoSchema, {
    name: tensor.name,
    dataType: tensor.dataType,
    dims: tensor.dims,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [entry('location', location), entry('offset', String(offset)), entry('length', String(length))],
  });
}

async function writeExternal(
  model: Model,
  data: FileHandle,
  location: string,
  threshold: number,
): Promise<TensorProto[]> {
  let offset = 0;
  const tensors: TensorProto[] = [];
  for (const tensor of model.graph.initializer) {
    const length = tensorByteLength(tensor);
    if (length === null || length < threshold || length === 0) {
      tensors.push(isExternal(tensor) ? inlineTensor(model, tensor) : tensor);
      continue;
    }
    const padding = (alignment - (offset % alignment)) % alignment;
    await data.writeFile(new Uint8Array(padding));
    offset += padding;
    if (isExternal(tensor)) await copyRange(tensor, model.baseDir, data);
    else await writeAll(data, [tensorBytes(tensor)]);
    tensors.push(externalTensor(tensor, location, offset, length));
    offset += length;
  }
  return tensors;
}

function inlineTensor(model: Model, tensor: TensorProto): TensorProto {
  return create(TensorProtoSchema, {
    name: tensor.name,
    dataType: tensor.dataType,
    dims: tensor.dims,
    rawData: tensorBytes(tensor, model),
  });
}

/** Written beside its place and renamed: a reader never sees half a file, and the source may be the target. */
async function writeBeside(path: string, write: (file: FileHandle) => Promise<void>): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(temporary, 'wx');
  try {
    await write(file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

function refuseTooLarge(chunks: readonly Uint8Array[], path: string): void {
  if (totalLength(chunks) <= maxModelBytes) return;
  throw new OctetError(
    'model-too-large',
    `The model would take more than 2 GiB in ${path}. Give saveModel a lower externalDataThresholdBytes, so that weights go to a file of their own.`,
  );
}

async function writeModelFile(model: Model, path: string): Promise<string> {
  const chunks = modelChunks(model.proto);
  refuseTooLarge(chunks, path);
  return writeBeside(path, (file) => writeAll(file, chunks));
}

/** External tensors in Constant nodes and bodies would still point at files beside the model's old place. */
function refuseInnerExternal(model: Model): void {
  const bodies = [...walkSubgraphs(model.graph)];
  const nodes = [...model.graph.node, ...bodies.map((entry) => entry.node)];
  const constants = nodes
    .flatMap((node) => node.attribute.map((entry) => entry.t))
    .filter((tensor) => tensor !== undefined);
  const inner = [...constants, ...bodies.flatMap((entry) => entry.graph.initializer)].find(isExternal);
  if (inner === undefined) return;
  throw new OctetError(
    'external-data-inside',
    `Tensor "${inner.name}" keeps its data in a file though it is no initialiser of the main graph; it can't be moved. Simplify the model first, or save it once with onnx.save(onnx.load(path), path).`,
  );
}

/**
 * Writes a model, streaming: weights go from where they are to the file in pieces of at most 16 MiB, so a model over
 * 2 GiB never becomes one buffer. External data land in one `<file name>.data` beside it, at page borders.
 * Errors: `model-too-large`, `model-unwritable`, `external-data-inside`; those of reading external data. Nothing is left behind on an error.
 */
export async function saveModel(model: Model, path: string, options: SaveOptions = {}): Promise<void> {
  refuseInnerExternal(model);
  try {
    await saveFiles(model, path, options);
  } catch (cause) {
    if (isOctetError(cause)) throw cause;
    throw new OctetError(
      'model-unwritable',
      `The model can't be written to ${path}: ${cause instanceof Error ? cause.message : String(cause)}. Give a file in a folder that is there, may be written and has room.`,
      { cause },
    );
  }
}

async function saveFiles(model: Model, path: string, options: SaveOptions): Promise<void> {
  const threshold = thresholdOf(model, options);
  if (threshold === null) {
    const temporary = await writeModelFile(model, path);
    return rename(temporary, path);
  }
  const location = `${basename(path)}.data`;
  const copy = copyModel(model);
  const data = await writeBeside(join(dirname(path), location), async (file) => {
    copy.graph.initializer = await writeExternal(model, file, location, threshold);
  });
  try {
    const temporary = await writeModelFile(copy, path);
    await rename(data, join(dirname(path), location));
    await rename(temporary, path);
  } finally {
    await rm(data, { force: true });
  }
}
