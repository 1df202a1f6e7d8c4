import { execFileSync } from 'node:child_process';
import { OctetError } from '@octet/domain';
import type { UserIds } from './guarded-process.js';

function idOf(flag: '-u' | '-g', user: string): number | null {
  try {
    return Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return null;
  }
}

/**
 * Postgres refuses to run as root. Root lends it user `postgres`, or `nobody` where there is none (it needs a name in
 * the user table); everybody else runs it as themselves (null).
 */
export function postgresUser(): UserIds | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)];
    if (uid !== null && gid !== null) return { uid, gid };
  }
  throw new OctetError(
    'postgres-user-missing',
    'Postgres does not run as root and this machine has neither user postgres nor nobody. Create one (useradd --system postgres), start octet as another user, or set DATABASE_URL.',
  );
}

/** Whether that user can enter the folder: asked of the kernel, so ACLs and mount options count too. */
export function canEnter(user: UserIds | null, folder: string): boolean {
  if (user === null) return true;
  try {
    execFileSync('sh', ['-c', 'cd "$1"', 'sh', folder], { stdio: 'ignore', cwd: '/', ...user });
    return true;
  } catch {
    return false;
  }
}
