import { join, resolve } from 'node:path';
import { gpuModeIds, type GpuModeId } from '@octet/domain';
import type { TrialStudy } from '@octet/trials';
import { z } from 'zod';

const onOff = z.enum(['on', 'off']).default('off');
const modeNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(gpuModeIds)));
const modes = z.union(
  [
    z.literal('all').transform((): GpuModeId[] => [...gpuModeIds]),
    z.literal('none').transform((): GpuModeId[] => []),
    modeNames,
  ],
  { error: `knows all, none, ${gpuModeIds.join(', ')}` },
);

/** What `octet bench` takes as options for GPUs and builds, an agent takes from its environment. */
export const gpuEnvironmentSchema = z.object({
  /** `default`: what the card holds under load; else MHz. Needs permission; always undone. */
  OCTET_LOCK_CLOCKS: z.union([z.literal('default'), z.coerce.number().int().min(1)]).optional(),
  /** Plugin libraries that TensorRT's engines are built and run with, separated by commas: nothing else is ever loaded. */
  OCTET_PLUGINS: z.string().default(''),
  /** Folder of the timing caches shared within device classes; `off`: none. Default: below the agent's own folder. */
  OCTET_TIMING_CACHE_DIR: z.string().min(1).optional(),
  OCTET_INT8_BORDERS: onOff,
  OCTET_GPU_MODES: modes.default([...gpuModeIds]),
  OCTET_BUILDS: z.coerce.number().int().min(1).max(20).default(3),
  OCTET_BUILD_LIMIT_S: z.coerce.number().int().min(1).default(900),
  OCTET_TACTIC_SOURCES: z
    .string()
    .regex(/^[+-][A-Z_]+(?:,[+-][A-Z_]+)*$/, 'must read like -CUDNN,-CUBLAS or +CUBLAS_LT')
    .optional(),
  OCTET_BUILDER_LEVEL: z.coerce.number().int().min(0).max(5).optional(),
});

/** How trials on GPUs are built and measured. All of it can travel to another process. */
export interface GpuSettings {
  study: Omit<TrialStudy, 'cpuModes'>;
  /** What TensorRT's builder is told beside the recipe. */
  buildOptions: Record<string, unknown>;
  buildLimitMs: number;
  /** Absolute paths. */
  plugins: string[];
  timingCacheDir: string | null;
  /** null: clocks stay as they are. */
  lockClocksMhz: number | 'default' | null;
}

/** `dataDir`: the agent's own folder. */
export function gpuSettings(env: z.infer<typeof gpuEnvironmentSchema>, dataDir: string): GpuSettings {
  const plugins = env.OCTET_PLUGINS.split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '')
    .map((path) => resolve(path));
  const timing = env.OCTET_TIMING_CACHE_DIR ?? join(dataDir, 'cache', 'timing');
  return {
    study: {
      gpuModes: env.OCTET_GPU_MODES,
      builds: env.OCTET_BUILDS,
      int8Borders: env.OCTET_INT8_BORDERS === 'on',
    },
    buildOptions: {
      ...(env.OCTET_TACTIC_SOURCES !== undefined && { tacticSources: env.OCTET_TACTIC_SOURCES }),
      ...(env.OCTET_BUILDER_LEVEL !== undefined && { builderOptimizationLevel: env.OCTET_BUILDER_LEVEL }),
      ...(plugins.length > 0 && { plugins }),
    },
    buildLimitMs: env.OCTET_BUILD_LIMIT_S * 1000,
    plugins,
    timingCacheDir: timing === 'off' ? null : resolve(timing),
    lockClocksMhz: env.OCTET_LOCK_CLOCKS ?? null,
  };
}
