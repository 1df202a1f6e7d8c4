import {
  matchLayers,
  mostLayerCostNs,
  netTimeOf,
  type ClassedLayer,
  type ResultRow,
  type RuntimeName,
} from '@octet/domain';

/** One line of the layer table: a layer of the INT8 engine beside the float layer that does the same work. Net times, ns. */
export interface LayerRow {
  /** Order of execution in the INT8 engine; null for a layer that only the float engine has. */
  order: number | null;
  name: string;
  type: string;
  class: string;
  conversion: boolean;
  int8Ns: number | null;
  floatName: string | null;
  floatNs: number | null;
}

const conversions = new Set(['quantize', 'dequantize', 'layout', 'cast', 'copy']);

/** Layer times without what profiling added to each (design.md section 2), paired by the nodes that they share. */
export function layerRows(
  int8: readonly ClassedLayer[],
  float: readonly ClassedLayer[],
  times: NonNullable<ResultRow['times']>,
  runtime: RuntimeName,
): LayerRow[] {
  const int8Net = netOf(int8, times.int8EndToEndNs, runtime);
  const floatNet = netOf(float, times.tFloatNs, runtime);
  const pairs = new Map(matchLayers(int8, float).map((pair) => [pair.int8, pair.float]));
  const used = new Set(pairs.values());
  const own = int8.map((layer, index): LayerRow => {
    const match = pairs.get(layer);
    return {
      order: index + 1,
      name: layer.name,
      type: layer.type,
      class: classText(layer),
      conversion: conversions.has(layer.class),
      int8Ns: int8Net(layer),
      floatName: match?.name ?? null,
      floatNs: match === undefined ? null : floatNet(match),
    };
  });
  const alone = float
    .filter((layer) => !used.has(layer) && layer.kind !== 'noop')
    .map((layer): LayerRow => {
      const place = { order: null, name: layer.name, type: layer.type, class: 'in the float engine only' };
      return { ...place, conversion: false, int8Ns: null, floatName: layer.name, floatNs: floatNet(layer) };
    });
  return [...own, ...alone];
}

function classText(layer: ClassedLayer): string {
  const inside = [layer.fusedQuantize ? 'quantize' : '', layer.fusedDequantize ? 'dequantize' : ''].filter(Boolean);
  if (inside.length > 0) return `${layer.class}, ${inside.join(' and ')} inside`;
  return layer.chainedTo === null ? layer.class : `${layer.class}, part of ${layer.chainedTo}`;
}

/** The same net times as those that T_quant, T_int8 and T_dequant are sums of. */
function netOf(layers: readonly ClassedLayer[], endToEndNs: number, runtime: RuntimeName) {
  const timed = layers.flatMap((layer) => (layer.timeNs === null ? [] : [layer.timeNs]));
  const net = netTimeOf(timed, endToEndNs, mostLayerCostNs(runtime));
  return ({ timeNs }: ClassedLayer): number | null => (timeNs === null ? null : Math.round(net.of(timeNs)));
}
