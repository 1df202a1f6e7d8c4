import { isUnknownOperator, operatorName, type Model, walkSubgraphs } from '@octet/onnx';

import type { LeftLayer } from './plan.js';
import { layerName } from './exclusions.js';
import { weightedOperators } from './weighted-layer.js';

/** What no placement looks at, for the report: layers in the bodies of If, Loop and Scan, and operators unknown here. */
export function untouchedLayers(model: Model): LeftLayer[] {
  const inner = [...walkSubgraphs(model.graph)];
  const layers = inner.filter(({ node }) => weightedOperators.has(node.opType));
  const unknown = [...model.graph.node, ...inner.map(({ node }) => node)].filter(isUnknownOperator);
  return [
    ...layers.map(({ node, path }) => ({
      name: [...path, layerName(node)].join('/'),
      opType: node.opType,
      reason: `it lies in the body of ${path.join('/')}, which is left as it is`,
    })),
    ...unknown.map((node) => ({
      name: layerName(node),
      opType: operatorName(node),
      reason: 'this operator is unknown to Octet',
    })),
  ];
}
