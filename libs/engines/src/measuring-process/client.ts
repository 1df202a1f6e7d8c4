import type { ChildProcess } from 'node:child_process';
import { OctetError } from '@octet/domain';
import { forkGuarded } from './fork-guarded.js';
import type { CommandName, Commands, ReplyMessage } from './messages.js';

/** Keeps the entry file in the compiler's view, so that it is emitted beside this one. */
export type MeasuringProcessEntry = typeof import('./main.js');

const keptLines = 12;

/** How one command may fail: its codes and time limit. */
export interface CommandLimits {
  timeoutMs: number;
  signal: AbortSignal | null;
  /** Code when the time limit passes. */
  timeoutCode: 'engine-timeout' | 'build-timeout';
  /** Code when the runtime answers with an error of its own. */
  failureCode: string;
  /** Shortens the runtime's own words to what matters. */
  shorten: (message: string) => string;
}

interface Pending {
  resolve: (reply: unknown) => void;
  reject: (error: OctetError) => void;
  limits: CommandLimits;
}

/**
 * A process of its own that holds one engine. It dies with its parent: the closed channel ends it, and on Linux the
 * kernel kills it (`setpriv --pdeathsig`) even while it sits in a native call and the parent got kill -9.
 */
export class MeasuringProcess {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private readonly lastLines: string[] = [];
  private readonly exited: Promise<void>;
  private nextId = 1;
  private ended: string | null = null;

  /** `label` names the engine in messages; `environment` is what its runtime is told by variables. */
  constructor(
    private readonly label: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    const entry = new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url);
    this.child = forkGuarded(entry, environment);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    this.child.on('message', (message) => this.settle(message as ReplyMessage));
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.end(`could not be started: ${error.message}`);
        resolve();
      });
      this.child.once('close', (code, signal) => {
        this.end(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The last lines that the process printed: all of them only once it has ended (`kill`). */
  get said(): readonly string[] {
    return this.lastLines;
  }

  /**
   * Sends one command and waits for its reply.
   *
   * @throws OctetError `engine-crashed` when the process ends, `engine-timeout` or `build-timeout` when it hangs (it is
   *   killed), `engine-cancelled` when the signal fires (killed as well), or `limits.failureCode` with the runtime's words.
   */
  async request<K extends CommandName>(
    command: K,
    request: Commands[K]['request'],
    limits: CommandLimits,
  ): Promise<Commands[K]['reply']> {
    if (limits.signal?.aborted === true) {
      await this.kill();
      throw this.cancelled();
    }
    const reply = new Promise<unknown>((resolve, reject) => this.send(command, request, { resolve, reject, limits }));
    return (await guarded(reply, limits, this.watch(command, limits))) as Commands[K]['reply'];
  }

  /** Ends the process and waits until it is gone. Safe to call twice. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private send(command: CommandName, request: unknown, pending: Pending): void {
    if (this.ended !== null) return pending.reject(this.crashed(this.ended));
    const id = this.nextId++;
    this.pending.set(id, pending);
    this.child.send({ id, command, request }, (error) => {
      if (error !== null && this.pending.delete(id)) pending.reject(this.crashed(error.message));
    });
  }

  private watch(command: CommandName, limits: CommandLimits): Watch {
    return {
      timedOut: () => this.abandon(this.timedOut(command, limits)),
      aborted: () => this.abandon(this.cancelled()),
    };
  }

  private abandon(error: OctetError): void {
    const waiting = [...this.pending.values()];
    this.pending.clear();
    this.child.kill('SIGKILL');
    for (const { reject } of waiting) reject(error);
  }

  private settle(message: ReplyMessage): void {
    const pending = this.pending.get(message.id);
    if (pending === undefined) return;
    this.pending.delete(message.id);
    if (message.ok) return pending.resolve(message.reply);
    const { failureCode, shorten } = pending.limits;
    pending.reject(new OctetError(failureCode, `${this.label}: ${shorten(message.message)}`));
  }

  private end(how: string): void {
    this.ended ??= how;
    const error = this.crashed(this.ended);
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }

  private keep(text: string): void {
    this.lastLines.push(...text.split('\n').filter((line) => line.trim() !== ''));
    this.lastLines.splice(0, Math.max(0, this.lastLines.length - keptLines));
  }

  private crashed(how: string): OctetError {
    const said = this.lastLines.length === 0 ? 'It printed nothing.' : `Its last lines: ${this.lastLines.join(' | ')}`;
    return new OctetError('engine-crashed', `${this.label}: the measuring process ${how}. ${said}`);
  }

  private timedOut(command: CommandName, limits: CommandLimits): OctetError {
    const seconds = (limits.timeoutMs / 1000).toFixed(1);
    const said = this.lastLines.length === 0 ? '' : ` Its last lines: ${this.lastLines.join(' | ')}`;
    return new OctetError(
      limits.timeoutCode,
      `${this.label}: no answer to ${command} within ${seconds} s; the measuring process was ended. Give it more time or a smaller model.${said}`,
    );
  }

  private cancelled(): OctetError {
    return new OctetError('engine-cancelled', `${this.label}: cancelled.`);
  }
}

interface Watch {
  timedOut: () => void;
  aborted: () => void;
}

async function guarded<T>(reply: Promise<T>, limits: CommandLimits, watch: Watch): Promise<T> {
  const timer = setTimeout(watch.timedOut, limits.timeoutMs);
  limits.signal?.addEventListener('abort', watch.aborted, { once: true });
  try {
    return await reply;
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener('abort', watch.aborted);
  }
}
