/*
 * Entry of the serving process: holds the engines of a plan and serves what arrives. Only types are imported from other libs,
 * as in the measuring process.
 */
import { collectBetweenRuns } from '../measuring-process/garbage.js';
import { openOrtSession } from '../onnxruntime/ort-session.js';
import type { Tensor, TensorMap } from '../port.js';
import type {
  LaunchRule,
  LaunchScript,
  ServedEngine,
  ServedRequests,
  ServingReply,
  ServingRequest,
} from './messages.js';

const now = (): number => Number(process.hrtime.bigint());
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Loaded {
  batch: number;
  /** Copies the requests' inputs to where the engine reads them, and runs it. */
  launch: () => Promise<unknown>;
  /** After a launch: collects what launches left, when it is much. */
  tidy: () => void;
}

let engines: Loaded[] = [];
/** Times of the arrivals told so far, `told` of them; they are sent ahead and count from their own moment on. */
let arrived = new Float64Array(0);
let told = 0;

async function load(served: readonly ServedEngine[], warmUpMs: number): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  for (const { batch, modelPath, options, inputs } of served) {
    const session = await openOrtSession(modelPath, options, inputs);
    const copyIn = copier(inputs);
    const launch = () => {
      copyIn();
      return session.runOnce();
    };
    loaded.push({ batch, launch, tidy: collectBetweenRuns(session.garbageBytes) });
  }
  const share = (warmUpMs * 1e6) / loaded.length;
  for (const { launch } of loaded) for (const start = now(); now() - start < share;) await launch();
  return loaded;
}

/** Copies what requests brought into the buffers that the engine is bound to, as a server gathers a batch. */
function copier(inputs: TensorMap): () => void {
  const copies = Object.values(inputs).map(({ data }) => bytesOf(data));
  const brought = copies.map((bytes) => bytes.slice());
  return () => copies.forEach((bytes, index) => bytes.set(brought[index]!));
}

function bytesOf(data: Tensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

interface Launch {
  /** Index of the engine. */
  engine: number;
  taken: number;
  /** When it was to begin, had the engines been free. */
  dueNs: number;
}

/** What to launch now for the `waiting` requests from `head` on; null = nothing yet. */
type Decide = (head: number, waiting: number, nowNs: number) => Launch | null;

function byRule({ fullAt, waitNs, engineFor }: LaunchRule): Decide {
  return (head, waiting, nowNs) => {
    const oldestNs = arrived[head]!;
    const full = waiting >= fullAt;
    if (!full && nowNs - oldestNs < waitNs) return null;
    const engine = engineFor[Math.min(waiting, engineFor.length - 1)]!;
    const dueNs = full ? Math.min(arrived[head + fullAt - 1]!, oldestNs + waitNs) : oldestNs + waitNs;
    return { engine, taken: Math.min(engines[engine]!.batch, waiting), dueNs };
  };
}

function byScript({ engineOf }: LaunchScript): Decide {
  return (head) => ({ engine: engineOf[head]!, taken: 1, dueNs: arrived[head]! });
}

/** Serves until `requests` are done. Between launches the event loop turns once, so that what arrived meanwhile is seen. */
async function serve(decide: Decide, requests: number): Promise<ServedRequests> {
  const latenciesNs = new Float64Array(requests);
  const launchEngine = new Int32Array(requests);
  const launchNs = new Float64Array(requests);
  const overheadNs = new Float64Array(requests);
  const launchIdle = new Uint8Array(requests);
  let head = 0;
  let tail = 0;
  let launches = 0;
  let padding = 0;
  let lastNs = 0;
  while (head < requests) {
    await turn();
    const decidedNs = now();
    while (tail < told && arrived[tail]! <= decidedNs) tail++;
    if (tail === head) continue;
    const next = decide(head, tail - head, decidedNs);
    if (next === null) continue;
    const { batch, launch, tidy } = engines[next.engine]!;
    await launch();
    const doneNs = now();
    launchEngine[launches] = next.engine;
    launchNs[launches] = doneNs - decidedNs;
    overheadNs[launches] = decidedNs - Math.max(next.dueNs, lastNs);
    launchIdle[launches++] = next.dueNs >= lastNs ? 1 : 0;
    lastNs = doneNs;
    for (let at = head; at < head + next.taken; at++) latenciesNs[at] = doneNs - arrived[at]!;
    head += next.taken;
    padding += batch - next.taken;
    tidy();
  }
  return {
    latenciesNs,
    spanNs: lastNs - arrived[0]!,
    padding,
    launchEngine: launchEngine.slice(0, launches),
    launchNs: launchNs.slice(0, launches),
    overheadNs: overheadNs.slice(0, launches),
    launchIdle: launchIdle.slice(0, launches),
  };
}

async function answer(request: Exclude<ServingRequest, { type: 'arrivals' }>): Promise<ServingReply> {
  if (request.type === 'load') {
    engines = await load(request.engines, request.warmUpMs);
    return { type: 'ready' };
  }
  const { launches, requests } = request;
  arrived = new Float64Array(requests);
  told = 0;
  const decide = launches.kind === 'rule' ? byRule(launches) : byScript(launches);
  return { type: 'done', outcome: await serve(decide, requests) };
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
  answer(request)
    .then(reply)
    .catch((error: unknown) =>
      reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
});
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
