import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { OctetError } from '@octet/domain';
import { processEntry, startOf } from './process-table.js';

/** The process of that file, if it still lives (and no other took its number since). */
function ownerIn(path: string): number | null {
  try {
    const [pid, started] = readFileSync(path, 'utf8').trim().split(' ');
    const entry = processEntry(Number(pid));
    return entry !== null && !entry.zombie && startOf(Number(pid)) === started ? Number(pid) : null;
  } catch {
    return null;
  }
}

/**
 * Makes this process the owner of a folder; a file of a dead owner counts no more.
 * @returns what gives it back.
 * @throws OctetError `data-folder-in-use`.
 */
export function takeOwnership(path: string, program: string): () => void {
  const owner = ownerIn(path);
  if (owner !== null && owner !== process.pid) {
    throw new OctetError(
      'data-folder-in-use',
      `${program} already runs on this data folder (process ${owner}). Stop it first, or choose another folder with OCTET_DATA_DIR.`,
    );
  }
  rmSync(path, { force: true });
  writeFileSync(path, `${process.pid} ${startOf(process.pid)}\n`, { flag: 'wx' });
  return () => rmSync(path, { force: true });
}
