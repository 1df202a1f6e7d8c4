import type { ChildProcess } from 'node:child_process';
import { OctetError } from '@octet/domain';
import { forkGuarded } from '../measuring-process/fork-guarded.js';
import type {
  LaunchRule,
  LaunchScript,
  ServedEngine,
  ServedRequests,
  ServingReply,
  ServingRequest,
} from './messages.js';

/** Keeps the entry file in the compiler's view, so that it is emitted beside this one. */
export type ServingProcessEntry = typeof import('./main.js');

/** A process that holds engines and serves one load after another. */
export interface ServingProcess {
  /** Serves arrivals (from 0, ns, ascending): open loop, whatever the server does. */
  serve(launches: LaunchRule | LaunchScript, arrivalsNs: Float64Array): Promise<ServedRequests>;
}

const warmUpMs = 1000;
/**
 * Arrivals are sent this long before they are due, a tick at a time: the server sees each at its own moment, and the generator
 * takes no processor time from the engines in between (two threads of one core are all that a small host has).
 */
const aheadNs = 100e6;
const tickMs = 30;
const leadNs = 200e6;

/**
 * Opens the engines in a process of their own for as long as `use` takes; arrivals are sent from this one at their scheduled times.
 *
 * @throws OctetError `serving-failed`, `engine-cancelled`.
 */
export async function withServingProcess<T>(
  engines: ServedEngine[],
  signal: AbortSignal,
  use: (server: ServingProcess) => Promise<T>,
): Promise<T> {
  const child = forkGuarded(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
  try {
    const replies = new Replies(child, signal);
    send(child, { type: 'load', engines, warmUpMs });
    await replies.next('ready');
    return await use({
      serve: async (launches, arrivalsNs) => {
        send(child, { type: 'serve', launches, requests: arrivalsNs.length });
        const [done] = await Promise.all([replies.next('done'), generate(child, arrivalsNs, signal)]);
        return done.outcome;
      },
    });
  } finally {
    child.kill('SIGKILL');
  }
}

function send(child: ChildProcess, message: ServingRequest): void {
  child.send(message, () => undefined);
}

/** Open loop: arrivals follow their schedule, whatever the server does. */
async function generate(child: ChildProcess, arrivalsNs: Float64Array, signal: AbortSignal): Promise<void> {
  const startNs = Number(process.hrtime.bigint()) + leadNs;
  for (let next = 0; next < arrivalsNs.length && !signal.aborted && child.connected; await sleep(tickMs)) {
    const horizonNs = Number(process.hrtime.bigint()) - startNs + aheadNs;
    let due = next;
    while (due < arrivalsNs.length && arrivalsNs[due]! <= horizonNs) due++;
    if (due > next)
      send(child, { type: 'arrivals', scheduledNs: arrivalsNs.slice(next, due).map((at) => at + startNs) });
    next = due;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** What the process answers, one reply to each request; its end and an abort fail the one that is waited for. */
class Replies {
  private settle: { resolve: (reply: ServingReply) => void; reject: (error: OctetError) => void } | null = null;
  private ended: OctetError | null = null;

  constructor(child: ChildProcess, signal: AbortSignal) {
    child.on('message', (message) => this.settle?.resolve(message as ServingReply));
    const fail = (code: string, message: string) => {
      this.ended ??= new OctetError(code, message);
      this.settle?.reject(this.ended);
    };
    child.once('close', () => fail('serving-failed', 'The serving process ended before it had served everything.'));
    const cancel = () => fail('engine-cancelled', 'Serving was cancelled.');
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    child.once('close', () => signal.removeEventListener('abort', cancel));
  }

  async next<T extends ServingReply['type']>(type: T): Promise<Extract<ServingReply, { type: T }>> {
    const reply = await new Promise<ServingReply>((resolve, reject) => {
      this.settle = { resolve, reject };
      if (this.ended !== null) reject(this.ended);
    });
    if (reply.type === type) return reply as Extract<ServingReply, { type: T }>;
    const told = reply.type === 'failed' ? reply.message : `it answered ${reply.type} for ${type}`;
    throw new OctetError('serving-failed', `The serving process could not serve: ${told}`);
  }
}
