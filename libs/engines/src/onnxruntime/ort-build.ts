import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import type { Commands } from '../measuring-process/messages.js';
import { logSeverityLevel } from './ort-session.js';
import { readGraph } from './ort-graph.js';

/**
 * A build of ONNX Runtime: the session is created once and its optimised graph written to disk. That file is the engine:
 * it names kernels of this CPU's instruction sets, and is loaded later without optimising again (measured: the same speed).
 */
export async function buildOrtModel(request: Commands['build']['request']): Promise<Commands['build']['reply']> {
  const ownTransposes = await transposeOutputs(request.modelPath);
  const start = process.hrtime.bigint();
  await ort.InferenceSession.create(request.modelPath, {
    ...request.options,
    logSeverityLevel,
    optimizedModelFilePath: request.optimizedPath,
  });
  return { buildNs: Number(process.hrtime.bigint() - start), ownTransposes };
}

async function transposeOutputs(modelPath: string): Promise<string[]> {
  const { nodes } = readGraph(await readFile(modelPath));
  return nodes.filter(({ op }) => op === 'Transpose').flatMap(({ outputs }) => outputs);
}
