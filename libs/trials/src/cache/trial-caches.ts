import { join } from 'node:path';
import { ContentCache } from './content-cache.js';
import { EngineCache } from './engine-cache.js';

export interface TrialCaches {
  engines: EngineCache;
  /** Models rewritten for a recipe, or with their shapes fixed. */
  models: ContentCache;
  calibrationTables: ContentCache;
  /** Measured peak rates of CPUs. */
  peaks: ContentCache;
}

/** Most bytes that each cache keeps. */
export interface CacheLimits {
  engines: number;
  models: number;
  calibrationTables: number;
  peaks: number;
}

export const defaultCacheLimits: CacheLimits = {
  engines: 8 * 2 ** 30,
  models: 8 * 2 ** 30,
  calibrationTables: 256 * 2 ** 20,
  peaks: 2 ** 20,
};

/** The caches of an agent (or of `octet bench`) below one folder; several processes may share it. */
export function openCaches(folder: string, limits: Partial<CacheLimits> = {}): TrialCaches {
  const sizes = { ...defaultCacheLimits, ...limits };
  return {
    engines: new EngineCache(new ContentCache({ folder: join(folder, 'engines'), maxBytes: sizes.engines })),
    models: new ContentCache({ folder: join(folder, 'models'), maxBytes: sizes.models }),
    calibrationTables: new ContentCache({
      folder: join(folder, 'calibration-tables'),
      maxBytes: sizes.calibrationTables,
    }),
    peaks: new ContentCache({ folder: join(folder, 'peaks'), maxBytes: sizes.peaks }),
  };
}
