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

/**
 * Engines by content. One of another device class or runtime version is never given out.
 *
 * What a build is asked for (`EngineIdentity`) is known before it; the timing cache that goes into it only then, and every build
 * rewrites that. Both are an engine's key. What is asked for leads to the engine that was built for it last: it stays the same
 * engine while the timing cache moves on, and two builds from different timing caches are never taken for one another.
 */
export class EngineCache {
  constructor(private readonly cache: ContentCache) {}

  /** The engine, intact and of this class and version, or null. */
  async get(identity: EngineIdentity): Promise<BuiltEngine | null> {
    const last = await this.cache.get(lastBuilt(identity));
    if (last === null) return null;
    const key = keyOf(identity, last.meta as string | null);
    const found = await this.cache.get(key);
    if (found === null) return null;
    const meta = found.meta as EngineMeta;
    if (fits(meta, identity)) return { dir: found.dir, manifest: meta.manifest };
    await this.cache.remove(key);
    return null;
  }

  /** Builds into the cache: `build` gets the empty folder that will become the entry. */
  async build(identity: EngineIdentity, build: (outputDir: string) => Promise<BuiltEngine>): Promise<BuiltEngine> {
    const { dir, meta } = await this.cache.putAs(
      (built) => keyOf(identity, timingCacheIn((built as EngineMeta).manifest)),
      async (outputDir) => {
        const { manifest } = await build(outputDir);
        return { manifest, deviceClass: identity.deviceClass } satisfies EngineMeta;
      },
    );
    const { manifest } = meta as EngineMeta;
    await this.cache.remove(lastBuilt(identity));
    await this.cache.put(lastBuilt(identity), () => Promise.resolve(timingCacheIn(manifest)));
    return { dir, manifest };
  }
}

function keyOf(identity: EngineIdentity, timingCacheSha256: string | null) {
  return { ...identity, timingCacheSha256 };
}

/** The entry that tells which timing cache went into the engine that was built last. */
function lastBuilt(identity: EngineIdentity) {
  return { lastBuilt: identity };
}

/** SHA-256 of the timing cache that went into a build; null where there was none, as with runtimes that have none. */
function timingCacheIn({ options }: BuiltEngine['manifest']): string | null {
  const timing = options['timingCache'] as { sha256In?: string | null } | null | undefined;
  return timing?.sha256In ?? null;
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
