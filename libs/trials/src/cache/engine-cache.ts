import type { Variant } from '@octet/domain';
import type { BuiltEngine } from '@octet/engines';
import type { ContentCache } from './content-cache.js';

/** All that decides what a build gives: two builds with equal identities give engines that are interchangeable. */
export interface EngineIdentity {
  modelSha256: string;
  variant: Variant;
  /** Label of the recipe; null for float variants. */
  recipe: string | null;
  calibrationTableSha256: string | null;
  shapes: Record<string, number[]>;
  threads: number | null;
  deviceClass: string;
  runtime: string;
  runtimeVersion: string;
  /** What the builder was told beside the recipe. */
  options: Record<string, unknown>;
  /** `550`; null for a CPU and where the driver does not tell. */
  driverMajor: string | null;
  /** Version of the rewriting that made the model from the user's. */
  preparation: number;
}

interface EngineMeta {
  manifest: BuiltEngine['manifest'];
  deviceClass: string;
}

/** Engines by content. One of another device class or runtime version is never given out. */
export class EngineCache {
  constructor(private readonly cache: ContentCache) {}

  /** The engine, intact and of this class and version, or null. */
  async get(identity: EngineIdentity): Promise<BuiltEngine | null> {
    const found = await this.cache.get(identity);
    if (found === null) return null;
    const meta = found.meta as EngineMeta;
    if (fits(meta, identity)) return { dir: found.dir, manifest: meta.manifest };
    await this.cache.remove(identity);
    return null;
  }

  /** Builds into the cache: `build` gets the empty folder that will become the entry. */
  async build(identity: EngineIdentity, build: (outputDir: string) => Promise<BuiltEngine>): Promise<BuiltEngine> {
    const { dir, meta } = await this.cache.put(identity, async (outputDir) => {
      const { manifest } = await build(outputDir);
      return { manifest, deviceClass: identity.deviceClass } satisfies EngineMeta;
    });
    return { dir, manifest: (meta as EngineMeta).manifest };
  }
}

/** The key holds all of this already; a folder copied from another machine, or edited, must not slip through. */
function fits(meta: EngineMeta, identity: EngineIdentity): boolean {
  return (
    meta.deviceClass === identity.deviceClass &&
    meta.manifest.runtime === identity.runtime &&
    meta.manifest.runtimeVersion === identity.runtimeVersion &&
    meta.manifest.variant === identity.variant
  );
}
