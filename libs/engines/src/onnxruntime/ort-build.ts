import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import type { Commands } from '../measuring-process/messages.js';
import { logSeverityLevel } from './ort-session.js';
import { readGraph, type OrtGraph } from './ort-graph.js';

/**
 * A build of ONNX Runtime: the session is created once and its optimised graph written to disk. On a CPU that file is the engine:
 * it names kernels of this CPU's instruction sets, and is loaded later without optimising again (measured: the same speed).
 */
export async function buildOrtModel(request: Commands['build']['request']): Promise<Commands['build']['reply']> {
  const ownTransposes = await transposeOutputs(request.modelPath);
  const start = process.hrtime.bigint();
  await ort.InferenceSession.create(request.modelPath, {
    ...request.options,
    logSeverityLevel,
    ...(request.optimizedPath !== null && { optimizedModelFilePath: request.optimizedPath }),
  });
  const buildNs = Number(process.hrtime.bigint() - start);
  return {
    buildNs,
    ownTransposes,
    dequantizedWeights: dequantizedWeights(readGraph(await readFile(request.optimizedPath ?? request.modelPath))),
  };
}

async function transposeOutputs(modelPath: string): Promise<string[]> {
  const { nodes } = readGraph(await readFile(modelPath));
  return nodes.filter(({ op }) => op === 'Transpose').flatMap(({ outputs }) => outputs);
}

/** A matrix or kernel (not a bias) that is stored in INT8 and multiplied in float: its layer was not fused. */
function dequantizedWeights({ nodes, initializers }: OrtGraph): number {
  const isWeight = (name: string | undefined): boolean => (initializers.get(name ?? '')?.dims.length ?? 0) >= 2;
  return nodes.filter(({ op, inputs }) => op === 'DequantizeLinear' && isWeight(inputs[0])).length;
}
