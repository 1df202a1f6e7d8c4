import { readFile } from 'node:fs/promises';
import { OctetError } from '@octet/domain';
import { routes, sweepUploadSchema, type SweepDocument } from '@octet/protocol';
import type { ControllerClient } from './controller-client.js';
import { note } from './output.js';
import { sweepResult, type SweepResult } from './sweep-run.js';

/** Errors: `sweep-unreadable`. */
export async function readSweepFile(path: string): Promise<SweepResult> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new OctetError('sweep-unreadable', `${path} can't be read: ${(cause as Error).message}`, { cause });
  });
  return readSweep(text, path);
}

/** A document that `octet sweep --json` wrote. Throws `sweep-unreadable` for anything else. */
export function readSweep(text: string, path: string): SweepResult {
  const parsed = sweepUploadSchema.safeParse(sweepIn(text));
  if (parsed.success) return sweepResult(parsed.data);
  const fault = parsed.error.issues[0]!;
  const where = fault.path.length === 0 ? '' : `${fault.path.join('.')}: `;
  throw new OctetError(
    'sweep-unreadable',
    `${path} is no grid with a device and cells (${where}${fault.message}): give what \`octet sweep --json\` wrote.`,
  );
}

function sweepIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { sweep?: unknown } | null)?.sweep;
  } catch {
    return undefined;
  }
}

/** Gives a grid to the controller. What was measured is printed before: a controller that is gone costs nothing but a second try. */
export async function storeSweep(client: ControllerClient, result: SweepResult): Promise<boolean> {
  try {
    const { sweep } = await client.post<SweepDocument>(routes.sweeps, result);
    note(`Stored for ${sweep.device.class}: the dashboard shows it under "The rule".`);
    return true;
  } catch (error) {
    note(
      `Not stored: ${(error as Error).message} Keep the JSON document; \`octet sweep --from FILE --store\` sends it.`,
    );
    return false;
  }
}
