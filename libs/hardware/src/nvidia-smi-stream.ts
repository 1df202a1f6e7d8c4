import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { noReading } from './nvidia-smi-process.js';
import { fieldsWithout, parseTelemetry, telemetryFields, unknownField, type GpuReading } from './nvidia-smi.js';

/** Readings of one GPU while something is measured. */
export interface GpuWatch {
  /** How often a reading comes. */
  readonly intervalMs: number;
  /** The next reading; all null where nvidia-smi is not there or tells nothing for 2 s. */
  read(): Promise<GpuReading>;
  stop(): void;
}

const intervalMs = 250;
const patienceMs = 2_000;

/**
 * Watches a GPU through one nvidia-smi that prints a line every 250 ms: starting one for each reading takes longer than that
 * where a host has many GPUs, and short launches need readings that fall into them. It ends with this process.
 */
export function watchGpu(uuid: string, command: readonly string[] = ['nvidia-smi']): GpuWatch {
  return new SmiStream(uuid, command);
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

class SmiStream implements GpuWatch {
  readonly intervalMs = intervalMs;
  private fields: readonly string[] = telemetryFields;
  private child: Child | null = null;
  private open = '';
  private waiting: ((reading: GpuReading) => void)[] = [];
  private stopped = false;

  constructor(
    private readonly uuid: string,
    private readonly command: readonly string[],
  ) {}

  read(): Promise<GpuReading> {
    if (this.stopped) return Promise.resolve(noReading);
    this.child ??= this.start();
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(noReading), patienceMs);
      const settle = (reading: GpuReading): void => {
        clearTimeout(timer);
        this.waiting = this.waiting.filter((other) => other !== settle);
        resolve(reading);
      };
      this.waiting.push(settle);
    });
  }

  stop(): void {
    this.stopped = true;
    this.child?.kill('SIGTERM');
    this.child = null;
    this.tell(noReading);
  }

  private start(): Child {
    const [program = 'nvidia-smi', ...prefix] = this.command;
    const query = [`--query-gpu=${this.fields.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(intervalMs)];
    const child = spawn(program, [...prefix, '-i', this.uuid, ...query], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('error', () => this.ended(child));
    child.once('close', () => this.ended(child));
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.take(child, text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.take(child, text));
    child.unref();
    return child;
  }

  private take(child: Child, text: string): void {
    const lines = (this.open + text).split('\n');
    this.open = lines.pop() ?? '';
    for (const line of lines) {
      const unknown = unknownField(line);
      if (unknown !== null) return this.without(unknown, child);
      const reading = parseTelemetry(line, this.uuid, this.fields);
      if (reading !== null) this.tell(reading);
    }
  }

  /** An older driver: asked again without the field that it does not know. */
  private without(field: string, child: Child): void {
    if (!this.fields.includes(field)) return;
    this.fields = fieldsWithout(this.fields, field);
    if (this.fields.length === 0) return;
    this.open = '';
    this.child = this.start();
    child.kill('SIGTERM');
  }

  private ended(child: Child): void {
    if (this.child !== child) return;
    this.child = null;
    this.tell(noReading);
  }

  private tell(reading: GpuReading): void {
    for (const settle of this.waiting.slice()) settle(reading);
  }
}
