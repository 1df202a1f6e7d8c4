import type { ClassedLayer } from '../layer.js';

/** Endings that quantisers and runtimes add to a node's name. */
const suffixes = /(_quant(ized)?|_token_\d+|_nchwc|_QuantizeLinear|_DequantizeLinear|_output|_fused|_myl\w*)+$/i;

/** Parts of a fused layer's name that name work: TensorRT joins them by ` + `; weights and Q/DQ nodes are no work. */
export function workTokens(name: string): string[] {
  return name
    .split(/ \+ |\|\|/)
    .map((token) =>
      token
        .trim()
        .replace(/^PWN\((.*)\)$/, '$1')
        .replace(/^fused /, '')
        .replace(suffixes, ''),
    )
    .filter((token) => token !== '' && !/(QuantizeLinear|\.weight|\.bias|weight_quantized)/i.test(token));
}

export interface LayerPair {
  int8: ClassedLayer;
  float: ClassedLayer;
}

/** Computing layers of both engines that share a node of the model, by name. Each float layer is used once. */
export function matchLayers(int8: readonly ClassedLayer[], float: readonly ClassedLayer[]): LayerPair[] {
  const byToken = new Map<string, ClassedLayer>();
  for (const layer of float) {
    if (layer.kind === 'compute')
      for (const token of workTokens(layer.name)) byToken.set(token, byToken.get(token) ?? layer);
  }
  const used = new Set<ClassedLayer>();
  return int8.flatMap((layer) => {
    if (layer.kind !== 'compute') return [];
    const match = workTokens(layer.name)
      .flatMap((token) => byToken.get(token) ?? [])
      .find((candidate) => !used.has(candidate));
    if (match === undefined) return [];
    used.add(match);
    return [{ int8: layer, float: match }];
  });
}
