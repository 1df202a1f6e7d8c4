import { writeFileSync } from 'node:fs';
import { OctetError } from '@octet/domain';

/**
 * Writes what a command was asked to put into a file.
 *
 * @throws OctetError `file-unwritable`, which names the option.
 */
export function writeOutput(option: string, path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (cause) {
    throw new OctetError(
      'file-unwritable',
      `${option}: ${(cause as Error).message}. Give a file in a folder that is there and may be written.`,
      { cause },
    );
  }
}
