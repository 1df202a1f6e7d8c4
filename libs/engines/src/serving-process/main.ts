/*
 * Entry of the serving process: holds the engines of a plan and serves what arrives. Only types are imported from other libs,
 * as in the measuring process.
 */
import { openOrtSession } from '../onnxruntime/ort-session.js';
import type { LaunchRule, ServedEngine, ServingReply, ServingRequest } from './messages.js';

const now = (): number => Number(process.hrtime.bigint());
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Loaded {
  batch: number;
  runOnce: () => Promise<unknown>;
}

/** Times of the arrivals told so far, `told` of them; they are sent ahead and count from their own moment on. */
let arrived = new Float64Array(0);
let told = 0;

async function load(engines: readonly ServedEngine[], warmUpMs: number): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  for (const { batch, modelPath, options, inputs } of engines) {
    const session = await openOrtSession(modelPath, options, inputs);
    loaded.push({ batch, runOnce: session.runOnce });
  }
  const share = (warmUpMs * 1e6) / loaded.length;
  for (const { runOnce } of loaded) for (const start = now(); now() - start < share;) await runOnce();
  return loaded;
}

/**
 * Launches each engine as serving does, with pauses in which the loop turns, and notes the times: a launch costs more here than in
 * rounds that run back to back.
 */
async function rehearse(engines: readonly Loaded[], rehearsalMs: number): Promise<Float64Array[]> {
  const all: Float64Array[] = [];
  for (const { runOnce } of engines) {
    const times: number[] = [];
    let pauseNs = 0;
    for (const start = now(); now() - start < (rehearsalMs * 1e6) / engines.length;) {
      for (const pause = now(); now() - pause < pauseNs;) await turn();
      const launch = now();
      await runOnce();
      times.push(now() - launch);
      pauseNs = times.at(-1)! * -Math.log(1 - Math.random());
    }
    all.push(Float64Array.from(times));
  }
  return all;
}

/** Serves until `requests` are done. Between launches the event loop turns once, so that what arrived meanwhile is seen. */
async function serve(engines: readonly Loaded[], rule: LaunchRule, requests: number): Promise<ServingReply> {
  const latenciesNs = new Float64Array(requests);
  const launchEngine = new Int32Array(requests);
  const launchNs = new Float64Array(requests);
  let head = 0;
  let tail = 0;
  let launches = 0;
  let padding = 0;
  let lastNs = 0;
  while (head < requests) {
    await turn();
    const decidedNs = now();
    while (tail < told && arrived[tail]! <= decidedNs) tail++;
    const waiting = tail - head;
    if (waiting === 0 || !isDue(rule, waiting, decidedNs - arrived[head]!)) continue;
    const index = rule.engineFor[Math.min(waiting, rule.engineFor.length - 1)]!;
    const { batch, runOnce } = engines[index]!;
    await runOnce();
    lastNs = now();
    const taken = Math.min(batch, waiting);
    for (let at = head; at < head + taken; at++) latenciesNs[at] = lastNs - arrived[at]!;
    head += taken;
    launchEngine[launches] = index;
    launchNs[launches++] = lastNs - decidedNs;
    padding += batch - taken;
  }
  const perLaunch = {
    launchEngine: launchEngine.slice(0, launches),
    launchNs: launchNs.slice(0, launches),
  };
  return { type: 'done', outcome: { latenciesNs, spanNs: lastNs - arrived[0]!, padding, ...perLaunch } };
}

function isDue(rule: LaunchRule, waiting: number, oldestWaitNs: number): boolean {
  return waiting >= rule.fullAt || oldestWaitNs >= rule.waitNs;
}

function reply(message: ServingReply): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

process.on('message', (message) => {
  const request = message as ServingRequest;
  if (request.type === 'arrivals') {
    arrived.set(request.scheduledNs, told);
    told += request.scheduledNs.length;
    return;
  }
  arrived = new Float64Array(request.requests);
  load(request.engines, request.warmUpMs)
    .then(async (engines) => {
      reply({ type: 'ready', rehearsedNs: await rehearse(engines, request.rehearsalMs) });
      return serve(engines, request.rule, request.requests);
    })
    .then(reply)
    .catch((error: unknown) =>
      reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
});
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
