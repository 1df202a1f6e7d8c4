import type { ChildProcess } from 'node:child_process';
import { OctetError } from '@octet/domain';
import { forkGuarded } from '../measuring-process/fork-guarded.js';
import type { LaunchRule, ServedEngine, ServingOutcome, ServingReply, ServingRequest } from './messages.js';

/** Keeps the entry file in the compiler's view, so that it is emitted beside this one. */
export type ServingProcessEntry = typeof import('./main.js');

export interface ServeLoadRequest {
  engines: ServedEngine[];
  rule: LaunchRule;
  /** Arrival times from 0, ns, ascending: open loop, whatever the server does. */
  arrivalsNs: Float64Array;
  warmUpMs: number;
  /** Time for rehearsing all engines before the load. */
  rehearsalMs: number;
  signal: AbortSignal;
}

/**
 * Arrivals are sent this long before they are due, a tick at a time: the server sees each at its own moment, and the generator
 * takes no processor time from the engines in between (two threads of one core are all that a small host has).
 */
const aheadNs = 100e6;
const tickMs = 30;
const leadNs = 200e6;

/**
 * Serves real load: the engines in a process of their own, arrivals sent from this one at their scheduled times.
 *
 * @throws OctetError `serving-failed`, `engine-cancelled`.
 */
export async function serveLoad(request: ServeLoadRequest): Promise<ServingOutcome> {
  const child = forkGuarded(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
  try {
    const replies = replyStream(child, request.signal);
    const { engines, rule, arrivalsNs, warmUpMs, rehearsalMs } = request;
    send(child, { type: 'load', engines, rule, requests: arrivalsNs.length, warmUpMs, rehearsalMs });
    const { rehearsedNs } = await replies.next('ready');
    const [done] = await Promise.all([replies.next('done'), generate(child, arrivalsNs, request.signal)]);
    return { ...done.outcome, rehearsedNs };
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

function replyStream(child: ChildProcess, signal: AbortSignal) {
  const next = <T extends ServingReply['type']>(type: T): Promise<Extract<ServingReply, { type: T }>> =>
    new Promise((resolve, reject) => {
      const fail = (code: string, message: string) => reject(new OctetError(code, message));
      child.on('message', (message) => {
        const reply = message as ServingReply;
        if (reply.type === type) resolve(reply as Extract<ServingReply, { type: T }>);
        else if (reply.type === 'failed')
          fail('serving-failed', `The serving process could not serve: ${reply.message}`);
      });
      child.once('close', () => fail('serving-failed', 'The serving process ended before it had served everything.'));
      signal.addEventListener('abort', () => fail('engine-cancelled', 'Serving was cancelled.'), { once: true });
    });
  return { next };
}
