import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/**
 * Reads a secret kept in a file that only its owner can read; makes a random one (hex) the first time. Two programs that
 * start at once get the same one.
 */
export async function secretFile(path: string, bytes = 24): Promise<string> {
  const fresh = randomBytes(bytes).toString('hex');
  try {
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(path, 'utf8')).trim();
  }
}
