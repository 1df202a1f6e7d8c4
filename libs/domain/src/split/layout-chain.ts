import type { ClassedLayer } from '../layer.js';

type Chain = ClassedLayer['chainedTo'];
type Link = (layer: ClassedLayer) => Chain;

/**
 * Marks layout layers that hang on a quantize (or dequantize): implicit INT8 does in one Reformat what a Q/DQ model does in
 * two, so both must count alike. A chain may run through further layout layers and through layers without work. What comes
 * before the layout wins; what comes after counts only if every consumer agrees, since else a computing layer wants the
 * layout for itself.
 */
export function chainLayouts(layers: readonly ClassedLayer[]): ClassedLayer[] {
  const before = linkBefore(layers);
  const after = linkAfter(layers);
  return layers.map((layer) =>
    layer.class === 'layout' ? { ...layer, chainedTo: before(layer) ?? after(layer) } : layer,
  );
}

/** What produced the layer's input. Layers come in execution order, so one forward pass settles every chain. */
function linkBefore(layers: readonly ClassedLayer[]): Link {
  const producedBy = new Map<string, Chain>();
  const link: Link = (layer) => producedBy.get(layer.inputs[0]?.name ?? '') ?? null;
  for (const layer of layers) {
    const chain = ownChain(layer, link);
    for (const output of layer.outputs) producedBy.set(output.name, chain);
  }
  return link;
}

/** What all consumers of the layer's output are; one backward pass. */
function linkAfter(layers: readonly ClassedLayer[]): Link {
  const consumedBy = new Map<string, Chain>();
  const link: Link = (layer) => agreed(layer.outputs.map((output) => consumedBy.get(output.name) ?? null));
  for (const layer of layers.toReversed()) {
    const chain = ownChain(layer, link);
    for (const input of layer.inputs) {
      const known = consumedBy.get(input.name);
      consumedBy.set(input.name, known === undefined || known === chain ? chain : null);
    }
  }
  return link;
}

function ownChain(layer: ClassedLayer, link: Link): Chain {
  if (layer.class === 'quantize' || layer.class === 'dequantize') return layer.class;
  return layer.class === 'layout' || layer.class === 'noop' ? link(layer) : null;
}

function agreed(chains: readonly Chain[]): Chain {
  const first = chains[0] ?? null;
  return chains.every((chain) => chain === first) ? first : null;
}
