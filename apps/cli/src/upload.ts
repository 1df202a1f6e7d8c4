import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OctetError } from '@octet/domain';
import { bundleDigestInput, routes, type Bundle, type BundleFile } from '@octet/protocol';
import type { ControllerClient } from './controller-client.js';
import { note } from './output.js';

/** A file of a bundle: where it lies here, and the relative path that it keeps on the other side. */
export interface LocalFile {
  path: string;
  localPath: string;
}

export type BundleKind = 'models' | 'datasets';

/** Hashes the files, sends what the controller lacks, registers the bundle under `name`. Answers the bundle's SHA-256. */
export async function uploadBundle(
  client: ControllerClient,
  kind: BundleKind,
  name: string,
  files: readonly LocalFile[],
): Promise<Bundle> {
  const hashed: BundleFile[] = [];
  for (const file of files) hashed.push(await hashLocalFile(file));
  const sha256 = bundleSha256(hashed);
  for (const [index, file] of hashed.entries()) await sendBlob(client, file, files[index]!.localPath);
  const answer = await client.post<{ model?: Bundle; dataset?: Bundle }>(routes[kind], { name, sha256, files: hashed });
  const bundle = answer.model ?? answer.dataset;
  if (bundle === undefined)
    throw new OctetError('controller-error', `The controller did not answer what it stored of ${name}.`);
  return bundle;
}

export function bundleSha256(files: readonly { path: string; sha256: string }[]): string {
  const input = bundleDigestInput(files);
  return input === null ? files[0]!.sha256 : createHash('sha256').update(input, 'utf8').digest('hex');
}

export async function hashLocalFile(file: LocalFile): Promise<BundleFile> {
  const found = await stat(file.localPath).catch(() => null);
  if (found === null || !found.isFile())
    throw new OctetError('file-missing', `${file.localPath} is not a file that can be read. Check the path.`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file.localPath), hash);
  return { path: file.path, sha256: hash.digest('hex'), sizeBytes: found.size };
}

async function sendBlob(client: ControllerClient, file: BundleFile, localPath: string): Promise<void> {
  if (await client.has(routes.blob(file.sha256))) return;
  note(`uploading ${localPath} (${(file.sizeBytes / 1e6).toFixed(1)} MB)`);
  const body = Readable.toWeb(createReadStream(localPath)) as NonNullable<RequestInit['body']>;
  await client.put(routes.blob(file.sha256), body, {
    'content-type': 'application/octet-stream',
    'content-length': String(file.sizeBytes),
  });
}
