import { Graph } from '../graph.js';
import { copyModel, plainDomain, type Model } from '../model.js';
import { removeIdleNodes } from './bypass.js';
import { constantsToInitializers } from './constants.js';
import { foldAffine } from './fold-affine.js';
import { foldConstants } from './fold-constants.js';
import { mergeFactors } from './merge-factors.js';

/** IR version 3 listed every initialiser as an input too, which keeps runtimes from folding it. */
function unlistInitializers(graph: Graph): void {
  graph.proto.input = graph.proto.input.filter((input) => !graph.initializers.has(input.name));
}

/** Sums of two, as exporters of Caffe2 write residual additions: runtimes and placements know Add. Both broadcast from opset 8 on. */
function sumsToAdds(graph: Graph): void {
  if ((graph.model.opset() ?? 0) < 8) return;
  for (const node of graph.nodes) {
    if (node.opType === 'Sum' && plainDomain(node.domain) === '' && node.input.length === 2) node.opType = 'Add';
  }
}

export interface Simplified {
  model: Model;
  /** Nodes fewer than before. */
  removedNodes: number;
  foldedBatchNorms: number;
}

/**
 * A copy of the model that computes the same with fewer nodes: Constant nodes and what is computed from constants become initialisers, Identity and idle
 * Dropout go, BatchNormalization and multiplications and additions by channel or by one constant are folded into the layer before, factors in a row are one, a Sum of two is an Add, initialisers are no longer
 * listed as inputs, unused nodes and weights are dropped. Input and output names stay; bodies of If and Loop are untouched.
 */
export function simplify(model: Model): Simplified {
  const copy = copyModel(model);
  if (Number(copy.proto.irVersion) < 4) copy.proto.irVersion = 4n;
  const graph = new Graph(copy);
  unlistInitializers(graph);
  constantsToInitializers(graph);
  removeIdleNodes(graph);
  sumsToAdds(graph);
  foldConstants(graph);
  const foldedBatchNorms = foldAffine(graph);
  mergeFactors(graph);
  graph.removeUnused();
  graph.sort();
  return { model: copy, removedNodes: model.graph.node.length - graph.nodes.length, foldedBatchNorms };
}
