import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { OctetError } from '@octet/domain';
import { keyOf, type ResultEnvelope, type TrialKey } from '@octet/protocol';

const compress = promisify(gzip);
const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function fileName({ trialId, attempt }: TrialKey): string {
  return `${encodeURIComponent(trialId)}.${attempt}.json.gz`;
}

function keyIn(name: string): TrialKey | null {
  const match = /^(.+)\.(\d+)\.json\.gz$/.exec(name);
  return match === null ? null : { trialId: decodeURIComponent(match[1] as string), attempt: Number(match[2]) };
}

/**
 * Finished results that no controller has acknowledged, as files: the very bytes that are posted. A result is on disk
 * (file and folder synced) before anyone hears of it; a half-written one never gets its name.
 */
export class ResultSpool {
  constructor(private readonly folder: string) {}

  /** Makes the folder and removes what a dead process left half-written. */
  async open(): Promise<TrialKey[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.folder)) {
      if (name.startsWith('.tmp-')) await rm(join(this.folder, name), { force: true });
    }
    return this.list();
  }

  async list(): Promise<TrialKey[]> {
    return (await readdir(this.folder)).flatMap((name) => keyIn(name) ?? []);
  }

  /** @throws OctetError `disk-full` (what was spooled before stays), `spool-failed`. */
  async add(envelope: ResultEnvelope): Promise<void> {
    const name = fileName(keyOf(envelope));
    const temporary = join(this.folder, `.tmp-${process.pid}-${name}`);
    try {
      await writeSynced(temporary, await compress(JSON.stringify(envelope)));
      await rename(temporary, join(this.folder, name));
      await syncFolder(this.folder);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw this.errorOf(cause as NodeJS.ErrnoException);
    }
  }

  read(key: TrialKey): Promise<Buffer> {
    return readFile(join(this.folder, fileName(key)));
  }

  async delete(key: TrialKey): Promise<void> {
    await rm(join(this.folder, fileName(key)), { force: true });
  }

  /** Keeps a result that no controller will take, for a person to look at. Resolves to where it lies. */
  async setAside(key: TrialKey): Promise<string> {
    const folder = join(this.folder, 'rejected');
    await mkdir(folder, { recursive: true });
    const target = join(folder, fileName(key));
    await rename(join(this.folder, fileName(key)), target);
    return target;
  }

  private errorOf(cause: NodeJS.ErrnoException): OctetError {
    if (fullCodes.has(cause.code ?? '')) {
      return new OctetError(
        'disk-full',
        `The result can't be kept: the disk of ${this.folder} is full. Make room (cached engines and models may go), or set OCTET_AGENT_DATA_DIR; the trial will be measured again.`,
        { cause },
      );
    }
    return new OctetError('spool-failed', `The result can't be written to ${this.folder}: ${cause.message}`, { cause });
  }
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name itself must be on disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
