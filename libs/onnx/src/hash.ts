import { createHash, webcrypto } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { baseDirOf, externalPath } from './external-data.js';
import { scanModelBytes, scanModelFile, smallFileBytes } from './load.js';
import type { WireSummary } from './wire-scan.js';

/** null for a file that is streamed. */
async function readSmall(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return (await stat(path)).size <= smallFileBytes ? readFile(path) : null;
}

/** On another thread. */
async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

/** SHA-256 of a file's content in lower-case hex; a large one is streamed. */
export async function hashFile(path: string): Promise<string> {
  const small = await readSmall(path);
  if (small !== null) return digest(small);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** A file that belongs to a model: `location` is the name the model knows it by, null for the model file itself. */
export interface ModelFile {
  path: string;
  location: string | null;
}

/** The model file first, then its external files by location (code unit order). Errors: as `loadModel`. */
export function modelFiles(path: string): ModelFile[] {
  return filesOf(path, scanModelFile(path));
}

function filesOf(path: string, summary: WireSummary): ModelFile[] {
  const locations = summary.externalLocations.toSorted();
  const baseDir = baseDirOf(path);
  return [
    { path, location: null },
    ...locations.map((location) => ({ path: externalPath(location, baseDir), location })),
  ];
}

/**
 * SHA-256 that addresses a model by its content. Without external data it is the file's own SHA-256 (what `sha256sum`
 * prints); with external data it is the SHA-256 of the lines `<sha256 of the file>  <location>\n`, the model file first
 * with an empty location. Streams: memory does not grow with the model.
 * Errors: as `loadModel`.
 */
export async function hashModel(path: string): Promise<string> {
  const small = await readSmall(path);
  const files = small === null ? modelFiles(path) : filesOf(path, scanModelBytes(small, path));
  const ownHash = small === null ? await hashFile(path) : await digest(small);
  if (files.length === 1) return ownHash;
  const hash = createHash('sha256').update(`${ownHash}  \n`);
  for (const file of files.slice(1)) hash.update(`${await hashFile(file.path)}  ${file.location ?? ''}\n`);
  return hash.digest('hex');
}
