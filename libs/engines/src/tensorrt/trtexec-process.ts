import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** One launch of trtexec. */
export interface TrtexecLaunch {
  /** Program and arguments that come before trtexec's own. */
  command: readonly string[];
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  timeLimitMs: number;
  signal: AbortSignal | null;
  /** Every complete line of stdout and stderr, as it comes. `stop()` kills the process. */
  onLine?: (line: string, stop: () => void) => void;
}

/** How a launch ended. */
export interface TrtexecOutcome {
  ended: 'exit' | 'signal' | 'timeout' | 'cancelled' | 'stopped' | 'not-started';
  exitCode: number | null;
  signalName: string | null;
  /** stdout and stderr together, at most the last 8 MiB. */
  output: string;
  wallMs: number;
}

const keptCharacters = 8 * 2 ** 20;
/** Time that trtexec gets to end by itself before its whole process group is killed. */
const graceMs = 2_000;
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path)) ?? null;

/** Only what TensorRT needs to find its libraries and the GPU: tokens of the agent stay with the agent. No decimal commas. */
const inheritedNames = /^(?:PATH|HOME|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|SystemRoot|CUDA_\w+|NVIDIA_\w+|XDG_CACHE_HOME)$/;

/** Runs trtexec in a process group of its own and waits for its end. Never rejects: how it ended is a value. */
export function launchTrtexec(launch: TrtexecLaunch): Promise<TrtexecOutcome> {
  const started = performance.now();
  const [program = '', ...prefix] = boundToParent([...launch.command, ...launch.arguments]);
  return new Promise((resolve) => {
    const child = spawn(program, prefix, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inheritedEnvironment(), LC_ALL: 'C', ...launch.environment },
    });
    const killer = new GroupKiller(child.pid);
    const collector = new LineCollector((line) => launch.onLine?.(line, () => killer.end('stopped')));
    const timer = setTimeout(() => killer.end('timeout'), launch.timeLimitMs);
    const cancel = (): void => killer.end('cancelled');
    launch.signal?.addEventListener('abort', cancel, { once: true });
    if (launch.signal?.aborted === true) cancel();
    child.stdout.on('data', (chunk: Buffer) => collector.take(chunk));
    child.stderr.on('data', (chunk: Buffer) => collector.take(chunk));

    const finish = (exitCode: number | null, signalName: string | null, failure: string | null): void => {
      clearTimeout(timer);
      launch.signal?.removeEventListener('abort', cancel);
      killer.clear();
      const byItself = failure !== null ? 'not-started' : signalName === null ? 'exit' : 'signal';
      const output = failure ?? collector.text();
      resolve({ ended: killer.why ?? byItself, exitCode, signalName, output, wallMs: performance.now() - started });
    };
    child.once('error', (error) => finish(null, null, error.message));
    child.once('close', (code, signalName) => finish(code, signalName, null));
  });
}

/** trtexec dies with the agent, also when the agent is killed with no time to clean up (Linux). */
function boundToParent(command: readonly string[]): readonly string[] {
  return setpriv === null ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command];
}

function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      inheritedNames.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** Ends a process group: first politely, then for certain. */
class GroupKiller {
  why: 'timeout' | 'cancelled' | 'stopped' | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly leader: number | undefined) {}

  end(why: 'timeout' | 'cancelled' | 'stopped'): void {
    if (this.why !== null) return;
    this.why = why;
    this.signal('SIGTERM');
    this.timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
  }

  /** After the leader is gone: nothing of its group may go on. */
  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.signal('SIGKILL');
  }

  private signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (this.leader === undefined) return;
    try {
      process.kill(-this.leader, name);
    } catch {
      // The group is gone already.
    }
  }
}

class LineCollector {
  private readonly decoder = new StringDecoder('utf8');
  private all = '';
  private open = '';

  constructor(private readonly onLine: (line: string) => void) {}

  take(chunk: Buffer): void {
    const text = this.decoder.write(chunk);
    this.all = (this.all + text).slice(-keptCharacters);
    const lines = (this.open + text).split('\n');
    this.open = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
  }

  text(): string {
    return this.all;
  }
}
