import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { OctetError } from '@octet/domain';

export interface UserIds {
  uid: number;
  gid: number;
}

export interface GuardedOptions {
  command: string;
  args: string[];
  /** Signal that stops the program cleanly; also sent when this process dies, be it by kill -9. */
  stopSignal: 'SIGINT' | 'SIGTERM';
  /** What this process's death sends instead: SIGKILL for programs that lose nothing by it. */
  deathSignal?: 'SIGKILL';
  /** Run as another user (only root can). */
  user: UserIds | null;
  env: NodeJS.ProcessEnv;
  cwd: string;
  onLine: (line: string) => void;
  /** Tests: use the portable guard even where setpriv is at hand. */
  withoutSetpriv?: boolean;
}

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves once, when the program has ended for whatever reason. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Sends the stop signal and returns at once; sent again it may mean "at once" to the program. */
  askToStop(): void;
  /** Sends the stop signal and waits; SIGKILL after `graceMs`. Settles at once if the program is already gone. */
  stop(graceMs?: number): Promise<void>;
}

let setprivKnown: boolean | undefined;

/** util-linux's setpriv knows --pdeathsig; busybox's does not, and macOS has none. */
function hasSetpriv(): boolean {
  if (setprivKnown === undefined) {
    try {
      setprivKnown = execFileSync('setpriv', ['--help'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).includes('--pdeathsig');
    } catch {
      setprivKnown = false;
    }
  }
  return setprivKnown;
}

/** The kernel signals the program when its parent dies; nothing stays between the two. */
function spawnWithSetpriv(options: GuardedOptions): ChildProcess {
  const user = options.user;
  const identity = user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const guard = [...identity, `--pdeathsig=${(options.deathSignal ?? options.stopSignal).slice(3)}`];
  return spawn('setpriv', [...guard, options.command, ...options.args], {
    env: options.env,
    cwd: options.cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** A shell waits on a pipe that only this process holds: end of file means that this process has died or wants a stop. */
function spawnWithShell(options: GuardedOptions): ChildProcess {
  const script = `exec 3<&0; "$@" </dev/null 3<&- & pid=$!; ( cat <&3 >/dev/null; kill -${options.stopSignal.slice(3)} $pid ) >/dev/null 2>&1 & wait $pid; code=$?; kill $! 2>/dev/null; exit $code`;
  return spawn('sh', ['-c', script, 'octet-guard', options.command, ...options.args], {
    env: options.env,
    cwd: options.cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options.user,
  });
}

function eachLine(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
  }
}

/**
 * Starts a program that can't outlive this process: a clean stop signal reaches it even when this process is killed with
 * SIGKILL. It sits in a process group of its own, so Ctrl-C in a terminal reaches the supervisor only.
 * @throws OctetError `spawn-failed` when the program can't be started.
 */
export async function startGuarded(options: GuardedOptions): Promise<GuardedProcess> {
  const direct = options.withoutSetpriv !== true && hasSetpriv();
  const child = direct ? spawnWithSetpriv(options) : spawnWithShell(options);
  child.stdin?.on('error', () => undefined);
  eachLine(child, options.onLine);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new OctetError('spawn-failed', `Can't start ${options.command}: ${cause.message}`, { cause })),
    );
  });
  let running = true;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      running = false;
      resolve({ code, signal });
    });
  });
  const askToStop = (): void => {
    if (!running) return;
    if (direct) child.kill(options.stopSignal);
    else child.stdin?.end();
  };
  return {
    pid: child.pid as number,
    exited,
    askToStop,
    async stop(graceMs = 10_000) {
      if (!running) return;
      askToStop();
      const timer = setTimeout(() => killGroup(child), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/**
 * For `fork`: how to run Node so that the kernel kills it when this process dies (Linux; elsewhere the closed channel has
 * to do). Node's own arguments go in front of the entry file.
 */
export function nodeBoundToParent(nodeArguments: readonly string[] = []): { execPath: string; execArgv: string[] } {
  if (!hasSetpriv()) return { execPath: process.execPath, execArgv: [...nodeArguments] };
  return { execPath: 'setpriv', execArgv: ['--pdeathsig', 'KILL', '--', process.execPath, ...nodeArguments] };
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
