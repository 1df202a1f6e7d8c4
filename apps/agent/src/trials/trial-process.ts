import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isOctetError, OctetError, type TrialRecord } from '@octet/domain';
import { nodeBoundToParent } from '@octet/services';
import type { TrialChannel, TrialJob } from './trial-job.js';
import type { FromTrial, ToTrial } from './trial-messages.js';

/** Keeps the entry file in the compiler's view, so that it is emitted beside this one. */
export type TrialWorkerEntry = typeof import('./trial-worker.js');

/** A cancelled trial has this long to end its engines before its process is killed (and they with it). */
const cancelGraceMs = 10_000;
const keptLines = 8;

function forkWorker(): ChildProcess {
  const source = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(source ? './trial-worker.ts' : './trial-worker.js', import.meta.url));
  return fork(entry, [], {
    ...nodeBoundToParent(source ? ['--import', import.meta.resolve('tsx')] : ['--enable-source-maps']),
    serialization: 'advanced',
    silent: true,
    env: withoutTokens(process.env),
  });
}

function withoutTokens(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/TOKEN|_URL$/.test(name)));
}

/**
 * Runs a trial in a process of its own that dies with this one.
 * @throws OctetError with the trial's own code, or `trial-process-ended` when the process dies under it.
 */
export function runInProcess(job: TrialJob, channel: TrialChannel, signal: AbortSignal): Promise<TrialRecord> {
  const child = forkWorker();
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
      lines.splice(0, Math.max(0, lines.length - keptLines));
    });
  }
  const say = (message: ToTrial): void => void (child.connected && child.send(message, () => undefined));
  const stopListening = onAbort(signal, child, say);
  return new Promise<TrialRecord>((resolve, reject) => {
    let outcome: (() => void) | null = null;
    child.on('message', (raw) => {
      const message = raw as FromTrial;
      if (message.type === 'done') outcome = () => resolve(message.record);
      else if (message.type === 'failed') outcome = () => reject(new OctetError(message.code, message.message));
      else void answer(message, channel, say);
    });
    child.once('error', (cause) =>
      reject(new OctetError('trial-process-ended', `The trial process: ${cause.message}`, { cause })),
    );
    child.once('close', (code, by) => {
      stopListening();
      const how = by === null ? `with exit code ${code}` : `by ${by}`;
      outcome ??= () =>
        reject(new OctetError('trial-process-ended', `The trial process ended ${how}. ${lines.join(' | ')}`));
      outcome();
    });
    say({ type: 'run', job });
  });
}

function onAbort(signal: AbortSignal, child: ChildProcess, say: (message: ToTrial) => void): () => void {
  let timer: NodeJS.Timeout | null = null;
  const cancel = (): void => {
    say({ type: 'cancel' });
    timer = setTimeout(() => child.kill('SIGKILL'), cancelGraceMs);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return () => {
    if (timer !== null) clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  };
}

async function answer(
  message: Exclude<FromTrial, { type: 'done' | 'failed' }>,
  { calibrationTables, onProgress }: TrialChannel,
  say: (message: ToTrial) => void,
): Promise<void> {
  if (message.type === 'progress') return onProgress(message.progress);
  const { id, key } = message;
  try {
    const table =
      message.type === 'table-get'
        ? await calibrationTables.get(key)
        : await calibrationTables.put(key, message.table as Parameters<typeof calibrationTables.put>[1]);
    say({ type: 'table', id, ok: true, table });
  } catch (error) {
    const code = isOctetError(error) ? error.code : 'internal-error';
    say({ type: 'table', id, ok: false, code, message: (error as Error).message });
  }
}
