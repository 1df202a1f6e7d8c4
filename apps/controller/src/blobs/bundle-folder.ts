import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isOctetError, OctetError } from '@octet/domain';
import { openPathOf, type BundleFile } from '@octet/protocol';
import type { BlobStore } from './blob-store.js';

/**
 * Lays a bundle out as its files were named, in a folder of its own that goes when `work` has ended. Hard links, so that nothing
 * is copied and a reader that refuses links out of the folder is content.
 */
export async function withBundleFolder<T>(
  store: BlobStore,
  parent: string,
  files: readonly BundleFile[],
  work: (openPath: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'bundle-'));
  try {
    for (const file of files) {
      const path = join(folder, file.path);
      await mkdir(dirname(path), { recursive: true });
      await link(store.pathOf(file.sha256), path);
    }
    return await work(join(folder, openPathOf(files)));
  } catch (error) {
    throw isOctetError(error) ? withoutFolder(error, folder) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the sender reads names the file as it was sent, not where it lay here. */
function withoutFolder(error: OctetError, folder: string): OctetError {
  const { code, details } = error;
  return new OctetError(code, error.message.replaceAll(`${folder}/`, ''), {
    cause: error,
    ...(details === null ? {} : { details }),
  });
}
