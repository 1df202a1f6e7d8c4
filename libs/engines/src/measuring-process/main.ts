/*
 * Entry of the measuring process: one engine, no other work, so that neither the agent's event loop nor its garbage
 * disturbs a measurement and a crash of the runtime kills no agent. Only types are imported from other libs: the file
 * runs as it is under Node (built) and under tsx (tests), with no alias to resolve.
 */
import { measureRound, warmUp } from './loop.js';
import type { CommandMessage, CommandName, Commands, ReplyMessage, SessionSource } from './messages.js';
import type { MeasuredSession } from './session.js';
import type { TensorMap } from '../port.js';

let session: MeasuredSession | null = null;

function loaded(): MeasuredSession {
  if (session === null) throw new Error('no engine is open');
  return session;
}

async function openSession(source: SessionSource, inputs: TensorMap | null): Promise<MeasuredSession> {
  if (source.runtime === 'null') return (await import('../null/null-session.js')).openNullSession();
  return (await import('../onnxruntime/ort-session.js')).openOrtSession(source.modelPath, source.options, inputs);
}

const handlers: { [K in CommandName]: (request: Commands[K]['request']) => Promise<Commands[K]['reply']> } = {
  probe: async (request) => (await import('../onnxruntime/ort-probe.js')).probeOrt(request),
  build: async (request) => (await import('../onnxruntime/ort-build.js')).buildOrtModel(request),
  open: async ({ source, inputs }) => {
    session = await openSession(source, inputs);
    return { loadNs: session.loadNs };
  },
  warmUp: async ({ minMs }) => ({ runs: await warmUp(loaded(), minMs) }),
  measureRound: async ({ plan }) => ({ latenciesNs: await measureRound(loaded(), plan) }),
  infer: async ({ inputs }) => ({ outputs: await loaded().infer(inputs) }),
  memory: () => Promise.resolve({ peakResidentBytes: process.resourceUsage().maxRSS * 1024 }),
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

process.on('message', (message) => {
  // A reply that nobody waits for any more is no error: the disconnect below ends this process.
  void answer(message as CommandMessage).then((reply) => process.send?.(reply, undefined, undefined, () => undefined));
});
// The parent decides when a measurement ends: Ctrl-C reaches the whole process group, and must not look like a crash.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// A parent that is gone (kill -9 included) closes the channel; --pdeathsig covers the time inside a long native call.
process.on('disconnect', () => process.exit(0));
