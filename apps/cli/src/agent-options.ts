import { OctetError } from '@octet/domain';
import type { RawGpuOptions } from './gpu-options.js';

/** What `octet agent` was asked, as commander gives it. */
export interface RawAgentOptions extends Omit<RawGpuOptions, 'device'> {
  controller?: string;
  tokenFile?: string;
  name?: string;
  dataDir?: string;
  threads?: string;
  runtimes?: string;
  timingCache?: string;
}

/**
 * The environment of the agent that these options ask for: each option is one of its variables, which the agent checks itself.
 *
 * @throws OctetError `option-invalid` for a plugin whose path can't stand in a list.
 */
export function agentEnvironment(raw: RawAgentOptions): Record<string, string> {
  const given: Record<string, string | undefined> = {
    OCTET_CONTROLLER_URL: raw.controller,
    OCTET_AGENT_TOKEN_FILE: raw.tokenFile,
    OCTET_AGENT_NAME: raw.name,
    OCTET_AGENT_DATA_DIR: raw.dataDir,
    OCTET_CPU_THREADS: raw.threads,
    OCTET_RUNTIMES: raw.runtimes,
    OCTET_GPU_MODES: raw.modes,
    OCTET_BUILDS: raw.builds,
    OCTET_INT8_BORDERS: raw.int8Borders === true ? 'on' : undefined,
    OCTET_BUILD_LIMIT_S: raw.buildLimit,
    OCTET_TACTIC_SOURCES: raw.tacticSources,
    OCTET_BUILDER_LEVEL: raw.builderLevel,
    OCTET_PLUGINS: raw.plugin === undefined ? undefined : pluginList(raw.plugin),
    OCTET_TIMING_CACHE_DIR: raw.timingCache,
    OCTET_LOCK_CLOCKS: raw.lockClocks === true ? 'default' : raw.lockClocks === false ? undefined : raw.lockClocks,
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function pluginList(paths: readonly string[]): string {
  const odd = paths.find((path) => path.includes(','));
  if (odd === undefined) return paths.join(',');
  throw new OctetError('option-invalid', `--plugin ${odd}: a path with a comma can't be named; rename the file.`);
}
