import { closeSync, existsSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { OctetError } from '@octet/domain';
import type { TensorProto } from 'onnx-buf';
import { readRange } from './byte-source.js';
import { tensorByteLength } from './tensor-bytes.js';

/** Where an external tensor's bytes lie. */
export interface ExternalRange {
  location: string;
  path: string;
  offset: number;
  length: number;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(location: string): OctetError {
  return new OctetError(
    'external-data-outside',
    `The model keeps weights in "${location}", which lies outside its own folder; that is refused. Put the file beside the model and save the model with a relative location.`,
    { details: { location } },
  );
}

function missing(location: string, baseDir: string | null): OctetError {
  const where =
    baseDir === null ? 'but was given as bytes, without a folder' : `but ${join(baseDir, location)} does not exist`;
  return new OctetError(
    'external-data-missing',
    `The model keeps weights in "${location}", ${where}. Put that file beside the model (it was written together with it).`,
    { details: { location } },
  );
}

/**
 * Absolute path of an external file. The path and, links followed, the real file must lie inside the model's folder, so
 * that a model from elsewhere can't read this machine's files.
 * Errors: `external-data-outside`, `external-data-missing`.
 */
export function externalPath(location: string, baseDir: string | null): string {
  const normal = normalize(location.replaceAll('\\', '/'));
  if (location === '' || isAbsolute(normal) || normal.split('/').includes('..')) throw outside(location);
  if (baseDir === null) throw missing(location, null);
  const path = join(baseDir, normal);
  if (!existsSync(path)) throw missing(location, baseDir);
  if (!isInside(realpathSync(baseDir), realpathSync(path))) throw outside(location);
  return path;
}

/** Folder of a model file, for its external data. */
export function baseDirOf(modelPath: string): string {
  return dirname(modelPath);
}

function entryOf(tensor: TensorProto, key: string): string | null {
  return tensor.externalData.find((entry) => entry.key === key)?.value ?? null;
}

function wholeNumber(tensor: TensorProto, key: string, absent: number): number {
  const text = entryOf(tensor, key);
  if (text === null || text === '') return absent;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new OctetError(
    'tensor-invalid',
    `External tensor "${tensor.name}" has ${key} "${text}", which is not a whole number. Save the model again.`,
  );
}

/**
 * Range of an external tensor in its file, checked against the file's size and against the tensor's own dims.
 * Errors: `external-data-outside`, `external-data-missing`, `external-data-truncated`, `tensor-invalid`.
 */
export function externalRange(tensor: TensorProto, baseDir: string | null): ExternalRange {
  const location = entryOf(tensor, 'location') ?? '';
  const path = externalPath(location, baseDir);
  const expected = tensorByteLength(tensor);
  const length = wholeNumber(tensor, 'length', expected ?? 0);
  const offset = wholeNumber(tensor, 'offset', 0);
  if (expected === null || length !== expected) {
    throw new OctetError(
      'tensor-invalid',
      `External tensor "${tensor.name}" claims ${length} bytes where its type and dims need ${expected ?? 'an unknown number'}. Save the model again.`,
    );
  }
  const size = statSync(path).size;
  if (offset + length > size) {
    throw new OctetError(
      'external-data-truncated',
      `"${location}" holds ${size} bytes, but tensor "${tensor.name}" needs bytes ${offset} to ${offset + length}. Copy the file again.`,
      { details: { location, tensor: tensor.name } },
    );
  }
  return { location, path, offset, length };
}

/** Reads one external tensor; opens and closes the file, so nothing is left open between reads. */
export function readExternal(range: ExternalRange): Uint8Array<ArrayBuffer> {
  const fd = openSync(range.path, 'r');
  try {
    return readRange(fd, range.offset, range.length);
  } finally {
    closeSync(fd);
  }
}

/** The same in pieces of at most `pieceBytes`, each read when it is asked for. */
export function* readExternalPieces(range: ExternalRange, pieceBytes: number): Generator<Uint8Array<ArrayBuffer>> {
  const fd = openSync(range.path, 'r');
  try {
    for (let done = 0; done < range.length; done += pieceBytes)
      yield readRange(fd, range.offset + done, Math.min(pieceBytes, range.length - done));
  } finally {
    closeSync(fd);
  }
}
