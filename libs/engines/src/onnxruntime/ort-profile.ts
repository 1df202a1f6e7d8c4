import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Commands } from '../measuring-process/messages.js';
import { readGraph } from './ort-graph.js';
import { layersOf, type ProfileEvent } from './profile-layers.js';
import { logSeverityLevel, toFeeds } from './ort-session.js';

const warmUpRuns = 3;
const filePrefix = 'profile';

/**
 * Profiles the engine in a session of its own (a profiled session is slower end to end: no latency is taken from it).
 * The binding's `endProfiling` returns nothing, so the file is found by its prefix in a folder that only this run uses.
 */
export async function profileOrtModel(request: Commands['profile']['request']): Promise<Commands['profile']['reply']> {
  const session = await ort.InferenceSession.create(request.modelPath, {
    ...request.options,
    logSeverityLevel,
    enableProfiling: true,
    profileFilePrefix: join(request.scratchDir, filePrefix),
  });
  const feeds = toFeeds(request.inputs);
  for (let run = 0; run < warmUpRuns + request.runs; run++) await session.run(feeds);
  session.endProfiling();
  const events = await readEvents(request.scratchDir);
  const graph = readGraph(await readFile(request.graphPath));
  const ownTransposes = new Set(request.ownTransposes);
  return { layers: layersOf(events, graph, { ownTransposes, skipRuns: warmUpRuns }), runs: request.runs };
}

async function readEvents(dir: string): Promise<ProfileEvent[]> {
  const file = (await readdir(dir)).find((name) => name.startsWith(filePrefix));
  if (file === undefined) throw new Error('ONNX Runtime wrote no profile file');
  return JSON.parse(await readFile(join(dir, file), 'utf8')) as ProfileEvent[];
}
