import { cpuModeIds, gpuModeIds, OctetError, type CpuModeId, type GpuModeId } from '@octet/domain';
import { integer, list, oneOf } from './trial-options.js';

/** What `octet bench` was asked about GPUs, other modes and builds, as commander gives it. */
export interface RawGpuOptions {
  modes?: string;
  builds?: string;
  int8Borders?: boolean;
  buildLimit?: string;
  tacticSources?: string;
  builderLevel?: string;
  plugin?: string[];
  lockClocks?: string | boolean;
  device?: string;
}

export interface GpuOptions {
  study: { gpuModes: GpuModeId[]; cpuModes: CpuModeId[]; builds: number; int8Borders: boolean };
  buildOptions: Record<string, unknown>;
  buildLimitMs: number;
  plugins: string[];
  /** null: clocks stay as they are; `default`: at what the card holds under load. */
  lockClocksMhz: number | 'default' | null;
  /** Index or id of the GPU or DLA core; null: the first GPU. */
  deviceId: string | null;
}

/** @throws OctetError `option-invalid` that names the option and what it takes. */
export function parseGpuOptions(raw: RawGpuOptions): GpuOptions {
  return {
    study: {
      ...modesOf(raw.modes ?? 'all'),
      builds: integer('--builds', raw.builds ?? '3', 1, 20),
      int8Borders: raw.int8Borders ?? false,
    },
    buildOptions: {
      ...(raw.tacticSources !== undefined && { tacticSources: tacticSources(raw.tacticSources) }),
      ...(raw.builderLevel !== undefined && {
        builderOptimizationLevel: integer('--builder-level', raw.builderLevel, 0, 5),
      }),
      ...(raw.plugin !== undefined && { plugins: raw.plugin }),
    },
    buildLimitMs: integer('--build-limit', raw.buildLimit ?? '900', 1) * 1000,
    plugins: raw.plugin ?? [],
    lockClocksMhz: lockedMhz(raw.lockClocks),
    deviceId: raw.device ?? null,
  };
}

/** Each device takes those of the named modes that it has. */
function modesOf(text: string): Pick<GpuOptions['study'], 'gpuModes' | 'cpuModes'> {
  if (text === 'all') return { gpuModes: [...gpuModeIds], cpuModes: [...cpuModeIds] };
  if (text === 'none') return { gpuModes: [], cpuModes: [] };
  const known = [...new Set([...gpuModeIds, ...cpuModeIds])];
  const named = new Set<string>(list(text).map((name) => oneOf('--modes', name, known)));
  return { gpuModes: gpuModeIds.filter((id) => named.has(id)), cpuModes: cpuModeIds.filter((id) => named.has(id)) };
}

/** `-CUDNN,+CUBLAS`: each with its sign. */
function tacticSources(text: string): string {
  if (/^[+-][A-Z_]+(?:,[+-][A-Z_]+)*$/.test(text)) return text;
  throw new OctetError('option-invalid', `--tactic-sources ${text}: write -CUDNN,-CUBLAS or +CUBLAS_LT.`);
}

function lockedMhz(given: string | boolean | undefined): GpuOptions['lockClocksMhz'] {
  if (given === undefined || given === false) return null;
  return given === true ? 'default' : integer('--lock-clocks', given as string, 1);
}
