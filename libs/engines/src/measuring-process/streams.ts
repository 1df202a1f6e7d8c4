import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { betweenResults } from './between-results.js';
import type { CommandName, Commands, ReplyMessage } from './messages.js';
import type { OpenedEngine } from './opened-engine.js';
import { newGate } from './stream-loop.js';

/**
 * Several streams of one engine, each a thread of this process with a session and buffers of its own: onnxruntime-node
 * computes inside the call (microsoft/onnxruntime issue 19611), so that runs of one thread never overlap. A thread runs
 * `entry`, this process's own, and answers the same commands. All streams hold the engine's weights, as instances of a
 * server do that loads a model several times.
 */
export async function openStreams(
  entry: URL,
  request: Omit<Commands['open']['request'], 'streams'>,
  streams: number,
): Promise<OpenedEngine> {
  const workers = Array.from({ length: streams }, () => new Worker(entry));
  const inAll = <K extends CommandName>(command: K, asked: Commands[K]['request']): Promise<Commands[K]['reply'][]> =>
    Promise.all(workers.map((worker) => ask(worker, command, asked)));
  const loads = await inAll('open', request);
  return {
    loadNs: Math.max(...loads.map(({ loadNs }) => loadNs)),
    warmUp: async (minMs) => (await inAll('warmUp', { minMs })).reduce((sum, { runs }) => sum + runs, 0),
    measureRound: async (plan) => betweenResults(await inAll('runStream', { plan, streams, gate: newGate() })),
    infer: async (inputs) => (await ask(workers[0] as Worker, 'infer', { inputs })).outputs,
    stream: null,
  };
}

/** One command at a time: the thread's next message is its reply. */
async function ask<K extends CommandName>(
  worker: Worker,
  command: K,
  request: Commands[K]['request'],
): Promise<Commands[K]['reply']> {
  worker.postMessage({ id: 0, command, request });
  const [reply] = (await once(worker, 'message')) as [ReplyMessage];
  if (!reply.ok) throw new Error(reply.message);
  return reply.reply as Commands[K]['reply'];
}
