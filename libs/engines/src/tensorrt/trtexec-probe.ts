import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { failureOf } from './trtexec-failure.js';
import { parseTrtexecLog } from './trtexec-log.js';
import { launchTrtexec } from './trtexec-process.js';

/** What was found where trtexec was looked for. */
export type TrtexecProbe =
  | { found: true; command: readonly string[]; path: string; version: string }
  | { found: false; path: string | null; code: string; message: string };

export interface ProbeOptions {
  /** Program (and arguments) to take instead of looking for one. */
  command?: readonly string[];
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Containers, Debian packages, JetPack and tar files put it there. */
const usualFolders = [
  '/usr/src/tensorrt/bin',
  '/opt/tensorrt/bin',
  '/workspace/tensorrt/bin',
  '/usr/local/tensorrt/bin',
  '/usr/local/TensorRT/bin',
  '/opt/nvidia/tensorrt/bin',
  join(homedir(), 'TensorRT/bin'),
];
const probeLimitMs = 60_000;

/** Where trtexec is: `OCTET_TRTEXEC`, then the PATH, then the usual folders; null if nowhere. */
export function findTrtexec(environment: ProbeOptions['environment'] = process.env): string | null {
  const given = environment['OCTET_TRTEXEC'];
  if (given !== undefined && given !== '') return given;
  const folders = [...(environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...usualFolders];
  return folders.map((folder) => join(folder, 'trtexec')).find(isExecutable) ?? null;
}

/** Asks trtexec for its version. Never throws: a host without it is an answer. */
export async function probeTrtexec(options: ProbeOptions = {}): Promise<TrtexecProbe> {
  const path = options.command?.[0] ?? findTrtexec(options.environment);
  if (path === null || path === undefined) {
    return missing(
      null,
      'trtexec-not-found',
      'trtexec is neither on the PATH nor in the usual folders: install TensorRT with its samples, or set OCTET_TRTEXEC.',
    );
  }
  const command = options.command ?? [path];
  const outcome = await launchTrtexec({
    command,
    arguments: ['--help'],
    environment: {},
    timeLimitMs: probeLimitMs,
    signal: null,
  });
  const log = parseTrtexecLog(outcome.output);
  if (log.outcome !== 'foreign' && log.version !== null) return { found: true, command, path, version: log.version };
  const failure = failureOf(outcome, path, { crashed: 'not-trtexec', failed: 'not-trtexec', timeout: 'not-trtexec' });
  const message = failure?.message ?? `${path} does not answer as trtexec does: it is another program.`;
  return missing(path, failure?.code ?? 'not-trtexec', message);
}

function missing(path: string | null, code: string, message: string): TrtexecProbe {
  return { found: false, path, code, message };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
