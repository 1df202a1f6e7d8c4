import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import { noExports, type EngineExports } from './engine-exports.js';
import { exportText } from './export-text.js';
import { parseTrtexecLog, type TrtexecLog } from './trtexec-log.js';

type Part = keyof EngineExports;

/** Enough of a file to tell which of trtexec's exports it is. */
const headBytes = 400;
const signs: readonly (readonly [RegExp, Part])[] = [
  [/^\uFEFF?\s*\{\s*"Layers"/, 'layers'],
  [/^\uFEFF?\s*\[\s*\{\s*"count"/, 'profile'],
  [/^\uFEFF?\s*\[\s*\{\s*"start(?:Enq|H2d)Ms"/, 'times'],
  [/^\s*\{\s*"performance_summary"/, 'metadata'],
];
const withoutGraph = /no-?(?:cuda-?)?graph/i;

/** Exports of one engine that lie in one folder (not below it); all null where there are none. Told by content, not by name. */
export async function readExportsFolder(folder: string): Promise<EngineExports> {
  const names = (await list(folder)).files;
  const found: EngineExports = { ...noExports };
  const logs: string[] = [];
  // The shortest name first: `times.json` before `times-2.json`.
  for (const name of names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const path = join(folder, name);
    if (/\.(?:log|txt)(?:\.gz)?$/i.test(name)) logs.push(await exportText(path));
    else if (/\.json(?:\.gz)?$/i.test(name)) await takeJson(found, name, path);
  }
  return { ...found, log: found.log ?? bestLog(logs) };
}

/** Folders directly below that hold exports, by name: the variants of one model. */
export async function readVariantFolders(folder: string): Promise<Map<string, EngineExports>> {
  const variants = new Map<string, EngineExports>();
  for (const name of (await list(folder)).folders.toSorted()) {
    const exports = await readExportsFolder(join(folder, name));
    if (exports.layers !== null || exports.log !== null) variants.set(name, exports);
  }
  return variants;
}

async function list(folder: string): Promise<{ files: string[]; folders: string[] }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return {
      files: entries.filter((entry) => entry.isFile()).map((entry) => entry.name),
      folders: entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name),
    };
  } catch (cause) {
    throw new OctetError('exports-unreadable', `${folder} cannot be read: name a folder of trtexec exports.`, {
      cause,
    });
  }
}

async function takeJson(found: EngineExports, name: string, path: string): Promise<void> {
  const packed = /\.gz$/i.test(name) ? await exportText(path) : null;
  const head = packed?.slice(0, headBytes) ?? (await headOf(path));
  const kind = signs.find(([sign]) => sign.test(head))?.[1];
  if (kind === undefined) return;
  const part = kind === 'times' && withoutGraph.test(name) ? 'timesWithoutGraph' : kind;
  found[part] ??= packed ?? (await exportText(path));
}

async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The log of a measuring run under CUDA graph says the most; then any run, then a build, then one that did not end. */
function bestLog(logs: readonly string[]): string | null {
  return logs.toSorted((a, b) => worth(b) - worth(a)).find((text) => worth(text) >= 0) ?? null;
}

function worth(text: string): number {
  const log = parseTrtexecLog(text);
  if (log.outcome === 'foreign') return -1;
  if (log.gpuCompute !== null) return 4 + (log.cudaGraph === true ? 2 : 0) + (isProfiled(log) ? 0 : 1);
  return log.outcome === 'passed' ? 3 : log.outcome === 'incomplete' ? 2 : 1;
}

function isProfiled({ command }: TrtexecLog): boolean {
  return command?.includes('--dumpProfile') ?? false;
}
