import type { ClassedLayer } from '../layer.js';
import type { Diagnosis } from './facts.js';
import { asEvidence, percent, rounded, shareOf, sumNs } from './layer-times.js';

/**
 * Nodes ran on another provider than the one asked for; each change of provider costs copies and breaks fusions. The share is null
 * where the runtime's profile does not time its layers.
 */
export const fallback: Diagnosis = (facts) => {
  // A package built with GPU providers names them on a host without a GPU as well: there nothing fell back.
  if (facts.device.kind === 'cpu') return null;
  const wanted = acceleratorOf(facts.runtime.providers);
  const layers = (facts.int8Layers ?? []).filter((layer) => layer.provider !== null && layer.kind !== 'noop');
  if (wanted === null || layers.length === 0) return null;
  const fallen = layers.filter((layer) => !isProvider(layer, wanted));
  if (fallen.length === 0) return null;
  const copies = (facts.int8Layers ?? []).filter((layer) => /^Memcpy/i.test(layer.type));
  const share = layers.some(({ timeNs }) => timeNs !== null) ? shareOf(sumNs(fallen, facts), facts) : null;
  const subgraphs = subgraphsOf(layers, wanted);
  return {
    id: 'fallback',
    severity: 'warning',
    evidence: {
      wanted,
      nodesElsewhere: fallen.length,
      nodes: layers.length,
      share: share === null ? null : rounded(share),
      subgraphs,
      copies: copies.length,
      layers: asEvidence(fallen, facts),
    },
    advice: `${fallen.length} of ${layers.length} nodes${share === null ? '' : ` (${percent(share)} of the time)`} ran outside the ${wanted} provider, in ${subgraphs} subgraphs: exclude or replace those operators (${[...new Set(fallen.map((layer) => layer.type))].slice(0, 4).join(', ')}), or build the whole network with TensorRT itself.`,
  };
};

function acceleratorOf(providers: readonly string[]): string | null {
  return providers.find((name) => /tensorrt/i.test(name)) ?? providers.find((name) => /cuda/i.test(name)) ?? null;
}

/** `CUDAExecutionProvider` is `cuda`. */
function isProvider(layer: ClassedLayer, wanted: string): boolean {
  const short = (name: string): string => name.toLowerCase().replace(/executionprovider$/, '');
  return short(layer.provider ?? '') === short(wanted);
}

/** Runs of consecutive nodes on the wanted provider: each is a subgraph of its own. */
function subgraphsOf(layers: readonly ClassedLayer[], wanted: string): number {
  return layers.filter((layer, index) => {
    const before = layers[index - 1];
    return isProvider(layer, wanted) && (before === undefined || !isProvider(before, wanted));
  }).length;
}
