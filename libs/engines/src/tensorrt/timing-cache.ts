import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deviceClassOf, productSlug, type Device } from '@octet/domain';

/** A class's timing cache, in use by one build. */
export interface TimingCache {
  /** The copy that trtexec may rewrite. */
  path: string;
  /** Of what went in; null where there was none. Part of the engine's identity: what comes out is rewritten by every build. */
  sha256In: string | null;
  /** Makes the rewritten copy the class's cache; only after a build that passed. */
  publish(): Promise<void>;
}

/**
 * The timing cache shared by all devices of one class and TensorRT version. The build works on a copy, so that a killed build
 * leaves the shared one whole.
 */
export async function borrowTimingCache(
  folder: string,
  device: Device,
  version: string,
  scratchDir: string,
): Promise<TimingCache> {
  const shared = join(folder, `${productSlug(deviceClassOf(device))}-${version}.timing`);
  const path = join(scratchDir, 'timing.cache');
  await mkdir(dirname(shared), { recursive: true });
  const before = await readFile(shared).catch(() => null);
  if (before !== null) await copyFile(shared, path);
  return {
    path,
    sha256In: before === null ? null : createHash('sha256').update(before).digest('hex'),
    publish: async () => {
      const next = `${shared}.${process.pid}.next`;
      const written = await copyFile(path, next).then(
        () => true,
        () => false,
      );
      if (written) await rename(next, shared);
    },
  };
}
