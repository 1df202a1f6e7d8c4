import { stat } from 'node:fs/promises';
import { exportText, noExports, readExportsFolder, readVariantFolders, type EngineExports } from '@octet/engines';
import type { ExplainOptions } from './commands/explain.js';

export interface GivenExports {
  int8: EngineExports;
  float: EngineExports;
  /** Exports by variant, where the path is a folder of such folders. */
  variants: Map<string, EngineExports> | null;
}

/** Reads what `octet explain` was given; single files win over what a folder holds. */
export async function readExports(path: string | undefined, options: ExplainOptions): Promise<GivenExports> {
  const fromPath = path === undefined ? noExports : await exportsAt(path);
  const int8 = await withFiles(fromPath, options.layers, options.profile, options.times, options.log);
  const fromFloat = options.float === undefined ? noExports : await exportsAt(options.float);
  const float = await withFiles(
    fromFloat,
    options.floatLayers,
    options.floatProfile,
    options.floatTimes,
    options.floatLog,
  );
  const nothing = int8.layers === null && int8.log === null;
  const variants = nothing && path !== undefined ? await readVariantFolders(path) : null;
  return { int8, float, variants: variants === null || variants.size === 0 ? null : variants };
}

async function exportsAt(path: string): Promise<EngineExports> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() === true ? readExportsFolder(path) : { ...noExports, log: await text(path) };
}

async function withFiles(
  base: EngineExports,
  layers: string | undefined,
  profile: string | undefined,
  times: string | undefined,
  log: string | undefined,
): Promise<EngineExports> {
  return {
    ...base,
    layers: (await text(layers)) ?? base.layers,
    profile: (await text(profile)) ?? base.profile,
    times: (await text(times)) ?? base.times,
    log: (await text(log)) ?? base.log,
  };
}

function text(path: string | undefined): Promise<string | null> {
  return path === undefined ? Promise.resolve(null) : exportText(path);
}
