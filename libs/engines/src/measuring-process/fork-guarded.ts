import { fork, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtEntry } from './built-entry.js';

const setprivPath = findSetpriv();

/**
 * Forks an entry file that must not outlive this process: its closed channel ends it, and on Linux the kernel kills it
 * (`setpriv --pdeathsig`) even inside a native call. Secrets stay here: the environment is a short list, and `environment` beside it.
 */
export function forkGuarded(entry: URL, environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const bound = setprivPath !== null;
  return fork(entry.pathname.endsWith('.ts') ? builtEntry(entry) : fileURLToPath(entry), [], {
    execPath: bound ? setprivPath : process.execPath,
    execArgv: bound ? ['--pdeathsig', 'KILL', '--', process.execPath] : [],
    serialization: 'advanced',
    silent: true,
    env: { ...harmlessEnvironment(), ...keptMemory, ...environment },
  });
}

/**
 * glibc (mallopt(3)): blocks up to its limit of 32 MiB come from the heap, which keeps what is freed. The binding makes a new buffer for
 * each output of each run; with 4 MB a run took 2 of 10 ms more whenever that was a fresh mapping, whose pages are made one by one.
 */
const keptMemory = { MALLOC_MMAP_THRESHOLD_: String(32 * 2 ** 20), MALLOC_TRIM_THRESHOLD_: String(2 ** 30) };

/** Only what a runtime needs to find its libraries and a temporary folder: tokens of the agent stay with the agent. */
function harmlessEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function findSetpriv(): string | null {
  if (process.platform !== 'linux') return null;
  return ['/usr/bin/setpriv', '/bin/setpriv'].find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
