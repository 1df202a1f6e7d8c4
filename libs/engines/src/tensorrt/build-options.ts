import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gpuCapabilityOf, OctetError, type Device } from '@octet/domain';
import { z } from 'zod';
import type { RestPrecision } from './command-line.js';

const shapes = z.record(z.string(), z.array(z.number().int().nonnegative()));

/** What `BuildRequest.options` may hold for TensorRT. */
const schema = z.strictObject({
  /** Precision of what is not INT8 in an INT8 engine; default FP16 where the device runs it fast, else FP32. */
  rest: z.enum(['fp16', 'bf16', 'tf32', 'fp32']).optional(),
  /** The model was rewritten to the variant's type (FP16, BF16): needed from TensorRT 11 on. */
  typedModel: z.boolean().default(false),
  /** One profile that the engine is measured under at each shape; without it the shapes are fixed. */
  dynamic: z.object({ min: shapes, opt: shapes, max: shapes }).optional(),
  builderOptimizationLevel: z.number().int().min(0).max(5).optional(),
  tacticSources: z.string().optional(),
  inputFormats: z.array(z.string()).default([]),
  outputFormats: z.array(z.string()).default([]),
  /** Names or paths out of the operator's allowlist. */
  plugins: z.array(z.string()).default([]),
  /** false: an independent build, for measuring the spread between builds. */
  timingCache: z.boolean().default(true),
  /** Speak the nearest known dialect of an unknown version. */
  force: z.boolean().default(false),
});

export type TensorRtBuildOptions = z.infer<typeof schema>;

/** A plugin library that the operator of the agent allows, and the hash it must have. */
export interface AllowedPlugin {
  path: string;
  sha256: string;
}

/** @throws OctetError `option-invalid`. */
export function parseBuildOptions(options: Record<string, unknown>): TensorRtBuildOptions {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new OctetError(
    'option-invalid',
    `Options for TensorRT: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
  );
}

export function restPrecision(options: TensorRtBuildOptions, device: Device): RestPrecision {
  if (options.rest !== undefined) return options.rest;
  const capability = device.kind === 'gpu' ? gpuCapabilityOf(device.architecture, device.name) : null;
  return capability?.fp16 === false ? 'fp32' : 'fp16';
}

/** Allows these plugins as they are now. @throws OctetError `option-invalid` that names the one that can't be read. */
export function allowPlugins(paths: readonly string[]): Promise<AllowedPlugin[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        return { path, sha256: await sha256OfPlugin(path) };
      } catch (cause) {
        throw new OctetError('option-invalid', `The plugin ${path} can't be read: check its path.`, { cause });
      }
    }),
  );
}

async function sha256OfPlugin(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** The allowed plugins that are asked for, each with the hash that was promised. @throws OctetError `plugin-not-allowed`, `plugin-changed`. */
export async function allowedPlugins(
  wanted: readonly string[],
  allowlist: readonly AllowedPlugin[],
): Promise<AllowedPlugin[]> {
  return Promise.all(
    wanted.map(async (name) => {
      const plugin = allowlist.find(({ path }) => path === name || basename(path) === name);
      if (plugin === undefined) {
        throw new OctetError(
          'plugin-not-allowed',
          `The plugin ${name} is not on this agent's allowlist: a plugin is code that runs here; ask the operator.`,
        );
      }
      if ((await sha256OfPlugin(plugin.path)) === plugin.sha256) return plugin;
      throw new OctetError('plugin-changed', `The plugin ${plugin.path} is not the file that was allowed (SHA-256).`);
    }),
  );
}
