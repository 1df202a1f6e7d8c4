import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Graph, loadModel, type Model, saveModel } from '@octet/onnx';

import { exposeTensors } from '../calibration/augment.js';
import { floatTensors } from '../calibration/float-tensors.js';
import type { Dataset } from '../dataset/dataset.js';
import { prepareModel } from '../prepare-model.js';
import type { FloatRunner, FloatSession, TensorMap } from '../tensor.js';
import { addSums, emptySums, similarityOf, type Similarity, type SimilaritySums } from './compare.js';

/** How one layer's output differs between two forms of a model. */
export interface LayerComparison extends Similarity {
  /** Tensor that both models have under this name. */
  tensor: string;
  /** Operator that makes it in the reference. */
  opType: string;
}

/**
 * Compares the output of each layer that both models have under one name, in the reference's order. Rewriting keeps
 * names, so nearly every tensor of the float model is found again; where it exists in INT8 only, the dequantised value is
 * taken. Errors add up along the network: the first layer with a sharp fall is the one to look at.
 */
export async function compareLayers(
  runner: FloatRunner,
  referencePath: string,
  candidatePath: string,
  dataset: Dataset,
  batchSize = 1,
): Promise<LayerComparison[]> {
  const [reference, candidate] = [prepareModel(await loadModel(referencePath)), await loadModel(candidatePath)];
  const shared = sharedTensors(reference, candidate);
  const folder = await mkdtemp(join(tmpdir(), 'octet-layers-'));
  const opened: FloatSession[] = [];
  try {
    for (const [name, model] of [
      ['reference', reference],
      ['candidate', candidate],
    ] as const) {
      const path = join(folder, `${name}.onnx`);
      await saveModel(exposeTensors(model, [...shared.keys()]), path);
      opened.push(await runner.open(path));
    }
    const sums = new Map([...shared.keys()].map((name) => [name, emptySums()]));
    for (let from = 0; from + batchSize <= dataset.count; from += batchSize) {
      const inputs = dataset.batch(from, batchSize);
      addBatch(sums, await opened[0]!.run(inputs), await opened[1]!.run(inputs));
    }
    return [...shared].map(([tensor, opType]) => ({ tensor, opType, ...similarityOf(sums.get(tensor)!) }));
  } finally {
    await Promise.all(opened.map((session) => session.dispose()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Float tensors made by a node in both models, with the operator that makes them in the reference. */
function sharedTensors(reference: Model, candidate: Model): Map<string, string> {
  const made = new Set(candidate.graph.node.flatMap((node) => node.output));
  const graph = new Graph(reference);
  const shared = new Map<string, string>();
  for (const name of floatTensors(graph)) {
    const producer = graph.producers.get(name);
    if (producer !== undefined && made.has(name)) shared.set(name, producer.opType);
  }
  return shared;
}

function addBatch(sums: Map<string, SimilaritySums>, reference: TensorMap, candidate: TensorMap): void {
  for (const [name, sum] of sums) {
    const [ours, theirs] = [candidate[name]?.data, reference[name]?.data];
    if (ours instanceof Float32Array && theirs instanceof Float32Array) addSums(sum, theirs, ours);
  }
}
