import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { OctetError, runtimeNames, type RuntimeName } from '@octet/domain';
import { z } from 'zod';
import { gpuEnvironmentSchema, gpuSettings, type GpuSettings } from './gpu-config.js';

const runtimeList = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(runtimeNames, { error: `knows ${runtimeNames.join(', ')}` })).min(1));

const environmentSchema = z.object({
  OCTET_CONTROLLER_URL: z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: 'must be a URL that starts with http:// or https://',
    })
    .default('http://127.0.0.1:4320'),
  OCTET_AGENT_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  OCTET_AGENT_TOKEN_FILE: z.string().min(1).optional(),
  OCTET_AGENT_DATA_DIR: z.string().min(1).optional(),
  OCTET_DATA_DIR: z.string().min(1).default('.octet'),
  OCTET_AGENT_NAME: z.string().min(1).max(200).optional(),
  OCTET_CPU_THREADS: z.coerce.number().int().min(1).optional(),
  OCTET_RUNTIMES: runtimeList.optional(),
  /** What the `scripted` runtime plays (JSON). */
  OCTET_SCRIPT: z.string().min(1).optional(),
  /** Simulated fleets: a JSON list of devices that this agent says it has. */
  OCTET_DEVICES: z.string().min(1).optional(),
  /** Most bytes that engines, models and datasets may take each. */
  OCTET_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(8 * 2 ** 30),
  /** After a first SIGTERM: how long a running trial may take to end before it is handed back. */
  OCTET_DRAIN_MS: z.coerce.number().int().min(0).default(20_000),
  /** `allow`: build and prepare beside measuring on this host. */
  OCTET_HOST_LOCK: z.enum(['on', 'off']).default('on'),
  ...gpuEnvironmentSchema.shape,
});

export interface AgentConfig {
  controllerUrl: string;
  token: string;
  dataDir: string;
  name: string;
  /** null: one for each physical core. */
  cpuThreads: number | null;
  /** null: every real runtime that is found. */
  runtimes: RuntimeName[] | null;
  scriptPath: string | null;
  devicesPath: string | null;
  cacheBytes: number;
  drainMs: number;
  hostLock: boolean;
  gpu: GpuSettings;
}

/** Token of the configuration in Nest's container. */
export const CONFIG = Symbol('AgentConfig');

/**
 * Parses the environment once.
 * @throws OctetError `config-invalid` that names every variable at fault, `token-missing`.
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): AgentConfig {
  // A variable that is set to nothing is not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path[0]?.toString() ?? ''} ${issue.message}`);
    throw new OctetError('config-invalid', `The environment is not right:\n  ${faults.join('\n  ')}`);
  }
  const env = parsed.data;
  assertSimulation(env.OCTET_RUNTIMES ?? null, env.OCTET_SCRIPT, env.OCTET_DEVICES);
  const dataDir = resolve(env.OCTET_AGENT_DATA_DIR ?? join(env.OCTET_DATA_DIR, 'agent'));
  return {
    controllerUrl: env.OCTET_CONTROLLER_URL.replace(/\/+$/, ''),
    token: env.OCTET_AGENT_TOKEN ?? readToken(env.OCTET_AGENT_TOKEN_FILE ?? join(env.OCTET_DATA_DIR, 'agent.token')),
    dataDir,
    name: env.OCTET_AGENT_NAME ?? hostname(),
    cpuThreads: env.OCTET_CPU_THREADS ?? null,
    runtimes: env.OCTET_RUNTIMES ?? null,
    scriptPath: env.OCTET_SCRIPT ?? null,
    devicesPath: env.OCTET_DEVICES ?? null,
    cacheBytes: env.OCTET_CACHE_BYTES,
    drainMs: env.OCTET_DRAIN_MS,
    hostLock: env.OCTET_HOST_LOCK === 'on',
    gpu: gpuSettings(env, dataDir),
  };
}

/** Made-up devices may only run made-up engines: nothing simulated shall look measured. */
function assertSimulation(runtimes: RuntimeName[] | null, script?: string, devices?: string): void {
  if (runtimes?.includes('scripted') === true && script === undefined) {
    throw new OctetError(
      'config-invalid',
      'OCTET_RUNTIMES names scripted: set OCTET_SCRIPT to the file that it plays.',
    );
  }
  const simulated = runtimes?.every((name) => name === 'scripted' || name === 'null') === true;
  if (devices !== undefined && !simulated) {
    throw new OctetError(
      'config-invalid',
      'OCTET_DEVICES makes devices up: it goes with OCTET_RUNTIMES=scripted, null or both only.',
    );
  }
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new OctetError(
      'token-missing',
      `No agent token: ${path} can't be read. Set OCTET_AGENT_TOKEN, or OCTET_AGENT_TOKEN_FILE to a copy of the agent.token that the controller wrote.`,
      { cause },
    );
  }
}
