import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { OctetError } from '@octet/domain';

const inflate = promisify(gunzip);
/** No export is near that; a small file that unpacks to more is none. */
const mostBytes = 2 ** 29;

/**
 * The text of an exported file: packed with gzip or not, in UTF-8 or in the UTF-16 that a Windows shell writes when it redirects a
 * log.
 *
 * @throws OctetError `exports-unreadable` where it can't be read or unpacked.
 */
export async function exportText(path: string): Promise<string> {
  return decoded(await bytesOf(path));
}

async function bytesOf(path: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new OctetError('exports-unreadable', `${path} cannot be read: name a file or folder that trtexec exported.`, {
      cause,
    });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await inflate(bytes, { maxOutputLength: mostBytes });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new OctetError('exports-unreadable', `${path} cannot be unpacked (gzip: ${reason}): pack the file again.`, {
      cause,
    });
  }
}

function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  return bytes.toString('utf8');
}
