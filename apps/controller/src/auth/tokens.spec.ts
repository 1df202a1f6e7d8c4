import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config.js';
import { issueSession, loadTokens, roleOfSession, roleOfToken } from './tokens.js';

const tokens = { admin: 'admin-token-of-a-test', agent: 'agent-token-of-a-test' };
const week = 7 * 86_400_000;

describe('tokens', () => {
  it('tell roles apart and know nobody else', () => {
    expect(roleOfToken(tokens, tokens.admin)).toBe('admin');
    expect(roleOfToken(tokens, tokens.agent)).toBe('agent');
    for (const other of ['', 'admin-token-of-a-tes', `${tokens.admin}x`]) expect(roleOfToken(tokens, other)).toBeNull();
  });

  it('are made once, for the owner alone, and read from then on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'octet-tokens-'));
    const config = { ...parseConfig(environment), dataDir: join(folder, 'new', 'data') };
    const made = await loadTokens(config);
    expect(made.admin).not.toBe(made.agent);
    expect((await stat(join(config.dataDir, 'admin.token'))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(config.dataDir, 'agent.token'), 'utf8')).trim()).toBe(made.agent);
    await writeFile(join(config.dataDir, 'admin.token'), 'written-by-the-supervisor\n', { mode: 0o644 });
    expect((await loadTokens(config)).admin).toBe('written-by-the-supervisor');
    expect((await loadTokens({ ...config, adminToken: 'from-the-environment' })).admin).toBe('from-the-environment');
    await rm(folder, { recursive: true });
  });
});

const environment = { DATABASE_URL: 'postgres://127.0.0.1/octet', REDIS_URL: 'redis://127.0.0.1' };

describe('sessions', () => {
  const session = issueSession(tokens, 'admin', 1000);

  it('are the role’s until they expire', () => {
    expect(session.expiresAt.getTime()).toBe(1000 + week);
    expect(roleOfSession(tokens, session.value, 1000)).toBe('admin');
    expect(roleOfSession(tokens, session.value, 1000 + week)).toBeNull();
  });

  it('end with the token that signed them', () => {
    expect(roleOfSession({ ...tokens, admin: 'another-token' }, session.value, 1000)).toBeNull();
  });

  it('can be neither forged nor prolonged', () => {
    const [role, expires, mac] = session.value.split('.');
    for (const value of [
      '',
      'admin',
      `${role}.${Number(expires) + 1}.${mac}`,
      `agent.${expires}.${mac}`,
      `__proto__.${expires}.${mac}`,
      `${role}.${expires}.`,
    ]) {
      expect(roleOfSession(tokens, value, 1000)).toBeNull();
    }
  });
});
