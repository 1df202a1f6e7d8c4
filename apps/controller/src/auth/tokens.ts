import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@octet/protocol';
import type { ControllerConfig } from '../config.js';

/** The secrets of this controller, by role. Never logged, never in an error. */
export type Tokens = Readonly<Record<Role, string>>;
export const TOKENS = Symbol('Tokens');

/** Tokens from the environment, else from `<role>.token` in the data folder (mode 0600), made there if absent. */
export async function loadTokens(config: ControllerConfig): Promise<Tokens> {
  await mkdir(config.dataDir, { recursive: true });
  return {
    admin: config.adminToken ?? (await tokenFile(join(config.dataDir, 'admin.token'))),
    agent: config.agentToken ?? (await tokenFile(join(config.dataDir, 'agent.token'))),
  };
}

async function tokenFile(path: string): Promise<string> {
  const fresh = randomBytes(24).toString('base64url');
  try {
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await chmod(path, 0o600);
  return (await readFile(path, 'utf8')).trim();
}

/** Role of a token, or null. Compares hashes in constant time, over every role. */
export function roleOfToken(tokens: Tokens, presented: string): Role | null {
  let found: Role | null = null;
  for (const role of Object.keys(tokens) as Role[]) {
    if (timingSafeEqual(digest(tokens[role]), digest(presented))) found = role;
  }
  return found;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const sessionDays = 7;
export const sessionCookie = 'octet_session';

export interface SessionCookie {
  value: string;
  expiresAt: Date;
}

/** A signed, stateless session: `<role>.<expiry ms>.<hmac>`; every controller with the same token can check it. */
export function issueSession(tokens: Tokens, role: Role, nowMs: number): SessionCookie {
  const expiresMs = nowMs + sessionDays * 86_400_000;
  const claim = `${role}.${expiresMs}`;
  return { value: `${claim}.${signature(tokens, role, claim)}`, expiresAt: new Date(expiresMs) };
}

/** Role of a session cookie that is signed by the role's present token and has not expired; else null. */
export function roleOfSession(tokens: Tokens, value: string, nowMs: number): Role | null {
  const [role, expires, mac] = value.split('.');
  if (role === undefined || expires === undefined || mac === undefined || !Object.hasOwn(tokens, role)) return null;
  const known = role as Role;
  const expected = signature(tokens, known, `${role}.${expires}`);
  if (!timingSafeEqual(digest(expected), digest(mac))) return null;
  return Number(expires) > nowMs ? known : null;
}

function signature(tokens: Tokens, role: Role, claim: string): string {
  return createHmac('sha256', tokens[role]).update(`octet-session:${claim}`).digest('base64url');
}
