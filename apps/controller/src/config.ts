import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { OctetError } from '@octet/domain';
import { z } from 'zod';

const url = (name: string, protocols: string[]) =>
  z
    .string({ error: `is missing: set ${name}, or start everything with \`octet up\`` })
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    });
const milliseconds = (fallback: number) => z.coerce.number().int().min(10).default(fallback);

const environmentSchema = z.object({
  DATABASE_URL: url('DATABASE_URL', ['postgres:', 'postgresql:']),
  REDIS_URL: url('REDIS_URL', ['redis:', 'rediss:']),
  OCTET_HOST: z.string().min(1).default('127.0.0.1'),
  OCTET_PORT: z.coerce.number().int().min(0).max(65535).default(4320),
  OCTET_DATA_DIR: z.string().min(1).default('.octet'),
  OCTET_ADMIN_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  OCTET_AGENT_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  OCTET_DASHBOARD_DIR: z.string().optional(),
  /** Prefix of every Redis key and channel: several fleets may share one Redis. */
  OCTET_REDIS_PREFIX: z.string().min(1).default('octet'),
  OCTET_LOG_LEVEL: z.enum(['log', 'warn', 'error']).default('log'),
  OCTET_HEARTBEAT_MS: milliseconds(5000),
  /** How long a trial waits for its agent to come back before it is given to another. */
  OCTET_AGENT_GRACE_MS: milliseconds(15_000),
  /** An agent must accept an assignment within this time. */
  OCTET_ACCEPT_MS: milliseconds(10_000),
  OCTET_LOCK_MS: milliseconds(10_000),
  OCTET_STALLED_MS: milliseconds(5000),
  OCTET_RECONCILE_MS: milliseconds(4000),
  OCTET_TRIAL_ATTEMPTS: z.coerce.number().int().min(1).default(5),
  OCTET_BACKOFF_MS: milliseconds(1000),
});

export interface ControllerConfig {
  /** Of this process: tells controllers apart that share Postgres and Redis. */
  id: string;
  databaseUrl: string;
  redisUrl: string;
  host: string;
  port: number;
  dataDir: string;
  /** null: read from (or written to) the data folder. */
  adminToken: string | null;
  agentToken: string | null;
  dashboardDir: string | null;
  redisPrefix: string;
  logLevel: 'log' | 'warn' | 'error';
  heartbeatMs: number;
  agentGraceMs: number;
  acceptMs: number;
  lockMs: number;
  stalledMs: number;
  reconcileMs: number;
  trialAttempts: number;
  backoffMs: number;
}

/** Token of the configuration in Nest's container. */
export const CONFIG = Symbol('ControllerConfig');

/** Parses the environment once. Throws OctetError `config-invalid` that names every variable at fault. */
export function parseConfig(environment: Record<string, string | undefined>): ControllerConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new OctetError('config-invalid', `The environment is not complete:\n  ${faults.join('\n  ')}`);
  }
  const env = parsed.data;
  return {
    id: randomUUID(),
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    host: env.OCTET_HOST,
    port: env.OCTET_PORT,
    dataDir: resolve(env.OCTET_DATA_DIR),
    adminToken: env.OCTET_ADMIN_TOKEN ?? null,
    agentToken: env.OCTET_AGENT_TOKEN ?? null,
    dashboardDir: env.OCTET_DASHBOARD_DIR ?? null,
    redisPrefix: env.OCTET_REDIS_PREFIX,
    logLevel: env.OCTET_LOG_LEVEL,
    heartbeatMs: env.OCTET_HEARTBEAT_MS,
    agentGraceMs: env.OCTET_AGENT_GRACE_MS,
    acceptMs: env.OCTET_ACCEPT_MS,
    lockMs: env.OCTET_LOCK_MS,
    stalledMs: env.OCTET_STALLED_MS,
    reconcileMs: env.OCTET_RECONCILE_MS,
    trialAttempts: env.OCTET_TRIAL_ATTEMPTS,
    backoffMs: env.OCTET_BACKOFF_MS,
  };
}
