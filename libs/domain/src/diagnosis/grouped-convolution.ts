import type { ClassedLayer } from '../layer.js';
import type { Diagnosis } from './facts.js';
import { floatOwnTime, int8OwnTime, percent, rounded, shareOf, sumNs } from './layer-times.js';
import { matchLayers } from './match-layers.js';

/** A layer has to lose by more than measuring noise. */
const slowerBy = 1.1;
const leastShare = 0.02;

/** Grouped or depthwise convolutions that are slower in INT8 than in the float engine. */
export const groupedConvolution: Diagnosis = (facts) => {
  if (facts.int8Layers === null || facts.floatLayers === null) return null;
  const ownInt8 = int8OwnTime(facts);
  const ownFloat = floatOwnTime(facts);
  const slower = matchLayers(facts.int8Layers, facts.floatLayers).filter(
    ({ int8, float }) => int8.class === 'int8' && isGrouped(int8) && ownInt8(int8) > slowerBy * ownFloat(float),
  );
  const share = shareOf(
    sumNs(
      slower.map((pair) => pair.int8),
      facts,
    ),
    facts,
  );
  if (slower.length === 0 || share < leastShare) return null;
  return {
    id: 'grouped-convolution',
    severity: 'warning',
    evidence: {
      count: slower.length,
      share: rounded(share),
      layers: slower.slice(0, 10).map(({ int8, float }) => ({
        name: int8.name,
        type: int8.type,
        timeNs: Math.round(ownInt8(int8)),
        floatNs: Math.round(ownFloat(float)),
      })),
    },
    advice: `${slower.length} grouped or depthwise convolutions (${percent(share)} of the time) run slower in INT8 than in float: leave them in float (exclude: [${slower
      .slice(0, 3)
      .map((pair) => pair.int8.name)
      .join(', ')}]).`,
  };
};

/**
 * By name or kernel; else by size: a convolution that reads every input channel for every output channel has at least Cin x Cout
 * INT8 weights, whatever its kernel.
 */
function isGrouped(layer: ClassedLayer): boolean {
  if (/depthwise|dwconv|dw_conv|group(ed)?_?conv/i.test(`${layer.name} ${layer.type} ${layer.kernel ?? ''}`))
    return true;
  const channelsIn = layer.inputs[0]?.dims?.[1];
  const channelsOut = layer.outputs[0]?.dims?.[1];
  if (!/conv/i.test(layer.type) || layer.weightBytes === null || channelsIn === undefined || channelsOut === undefined)
    return false;
  return layer.weightBytes > 0 && layer.weightBytes < channelsIn * channelsOut;
}
