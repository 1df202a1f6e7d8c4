/*
 * Entry of the measuring process: one engine, no other work, so that neither the agent's event loop nor its garbage
 * disturbs a measurement and a crash of the runtime kills no agent. Only types are imported from other libs: the file
 * runs as it is under Node (built) and under tsx (tests), with no alias to resolve.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import type { CommandMessage, CommandName, Commands, ReplyMessage, SessionSource } from './messages.js';
import { singleEngine, type OpenedEngine } from './opened-engine.js';
import { peakResidentBytes } from './peak-memory.js';
import type { MeasuredSession } from './session.js';
import type { Stream } from './stream-loop.js';
import { openStreams } from './streams.js';
import type { TensorMap } from '../port.js';

let engine: OpenedEngine | null = null;

function loaded(): OpenedEngine {
  if (engine === null) throw new Error('no engine is open');
  return engine;
}

function loadedStream(): Stream {
  const { stream } = loaded();
  if (stream === null) throw new Error('a thread of this process runs one stream only');
  return stream;
}

async function openSession(source: SessionSource, inputs: TensorMap | null): Promise<MeasuredSession> {
  if (source.runtime === 'null') return (await import('../null/null-session.js')).openNullSession();
  return (await import('../onnxruntime/ort-session.js')).openOrtSession(source.modelPath, source.options, inputs);
}

const handlers: { [K in CommandName]: (request: Commands[K]['request']) => Promise<Commands[K]['reply']> } = {
  probe: async (request) => (await import('../onnxruntime/ort-probe.js')).probeOrt(request),
  build: async (request) => (await import('../onnxruntime/ort-build.js')).buildOrtModel(request),
  open: async ({ source, inputs, streams = 1 }) => {
    engine =
      streams === 1
        ? singleEngine(await openSession(source, inputs))
        : await openStreams(new URL(import.meta.url), { source, inputs }, streams);
    return { loadNs: engine.loadNs };
  },
  warmUp: async ({ minMs }) => ({ runs: await loaded().warmUp(minMs) }),
  measureRound: async ({ plan }) => ({ latenciesNs: await loaded().measureRound(plan) }),
  runStream: ({ plan, streams, gate }) => loadedStream()(plan, streams, gate),
  infer: async ({ inputs }) => ({ outputs: await loaded().infer(inputs) }),
  memory: () => Promise.resolve({ peakResidentBytes: peakResidentBytes() }),
  profile: async (request) => (await import('../onnxruntime/ort-profile.js')).profileOrtModel(request),
};

async function answer(message: CommandMessage): Promise<ReplyMessage> {
  try {
    const handler = handlers[message.command] as (request: unknown) => Promise<unknown>;
    return { id: message.id, ok: true, reply: await handler(message.request) };
  } catch (error) {
    return { id: message.id, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** As the process of an engine. */
function serveParent(): void {
  process.on('message', (message) => {
    // A reply that nobody waits for any more is no error: the disconnect below ends this process.
    void answer(message as CommandMessage).then((reply) =>
      process.send?.(reply, undefined, undefined, () => undefined),
    );
  });
  // The parent decides when a measurement ends: Ctrl-C reaches the whole process group, and must not look like a crash.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  // A parent that is gone (kill -9 included) closes the channel; --pdeathsig covers the time inside a long native call.
  process.on('disconnect', () => process.exit(0));
}

/** As a thread of that process, which runs one of its streams. */
function serveStreams(port: MessagePort): void {
  port.on('message', (message) => void answer(message as CommandMessage).then((reply) => port.postMessage(reply)));
}

if (parentPort === null) serveParent();
else serveStreams(parentPort);
