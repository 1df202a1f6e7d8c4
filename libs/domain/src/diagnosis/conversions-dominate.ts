import type { ClassedLayer } from '../layer.js';
import { isFloat } from '../split/index.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';
import { layerGraph, positionOf, type Position } from './layer-graph.js';
import { asEvidence, percent, rounded, shareOf, sumNs } from './layer-times.js';
import { removableConversionNs, whatIf } from './what-if.js';

const limit = 0.1;

/** T_quant + T_dequant + conversion take more than 10 % of the end-to-end time; the float engine's own casts are taken off first. */
export const conversionsDominate: Diagnosis = (facts) => {
  const removable = removableConversionNs(facts);
  const { tQuantNs, tDequantNs, int8Parts } = facts.times;
  if (removable === null || facts.int8Layers === null || shareOf(removable, facts) <= limit) return null;
  const conversions = facts.int8Layers.filter(isConversion);
  const where = byPosition(conversions, facts);
  const free = whatIf(facts).conversionsFree;
  return {
    id: 'conversions-dominate',
    severity: (facts.speedup?.median ?? 1) < 1 ? 'critical' : 'warning',
    evidence: {
      share: rounded(shareOf(removable, facts)),
      tQuantNs,
      tDequantNs,
      conversionNs: int8Parts?.conversionNs ?? null,
      removableNs: removable,
      quantizing: conversions.filter((layer) => layer.class === 'quantize').length,
      dequantizing: conversions.filter((layer) => layer.class === 'dequantize').length,
      where,
      mixedInputs: mixedInputs(facts.int8Layers),
      speedupIfFree: free === null ? null : rounded(free.speedup),
      layers: asEvidence(conversions, facts),
    },
    advice: `${percent(shareOf(removable, facts))} of the time goes into conversions. ${nextStep(where, facts)}`,
  };
};

function isConversion(layer: ClassedLayer): boolean {
  return layer.kind === 'conversion' && layer.class !== 'noop' && (layer.timeNs ?? 0) > 0;
}

function byPosition(layers: readonly ClassedLayer[], facts: DiagnosisFacts): Record<`${Position}Ns`, number> {
  const graph = layerGraph(facts.int8Layers ?? []);
  const at = (position: Position): number =>
    Math.round(
      sumNs(
        layers.filter((layer) => positionOf(layer, graph) === position),
        facts,
      ),
    );
  return { inputNs: at('input'), outputNs: at('output'), insideNs: at('inside') };
}

/** INT8 layers that take a float tensor besides: a residual branch that was left in float. */
function mixedInputs(layers: readonly ClassedLayer[]): number {
  return layers.filter((layer) => layer.class === 'int8' && layer.inputs.some((tensor) => isFloat(tensor.dataType)))
    .length;
}

function nextStep(where: Record<`${Position}Ns`, number>, facts: DiagnosisFacts): string {
  const { inputNs, outputNs, insideNs } = where;
  const mixed = mixedInputs(facts.int8Layers ?? []);
  if (insideNs >= Math.max(inputNs, outputNs)) {
    if (mixed > 0) {
      return `Most of it lies between layers, and ${mixed} INT8 layers take a float branch: put QuantizeLinear/DequantizeLinear on the residual (shortcut) input of the element-wise Add as well, so that INT8 flows through.`;
    }
    return 'Most of it lies between layers: quantise the operators between two INT8 layers too (Add, Concat, pooling), or leave short INT8 stretches in float (exclude).';
  }
  if (inputNs >= outputNs) return `Most of it lies at the input: ${inputAdvice(facts)}`;
  return `Most of it lies at the output: ${outputAdvice(facts)}`;
}

function inputAdvice({ runtime }: DiagnosisFacts): string {
  return runtime.name === 'tensorrt'
    ? 'give INT8 inputs (--inputIOFormats=int8:chw32 on TensorRT 8 to 10, or take the first QuantizeLinear out of the model) or leave the first layer in float (exclude).'
    : 'quantise before the network (take the first QuantizeLinear out of the model), or leave the first layer in float (exclude).';
}

function outputAdvice({ runtime }: DiagnosisFacts): string {
  return runtime.name === 'tensorrt'
    ? 'take INT8 outputs (--outputIOFormats=int8:chw32 on TensorRT 8 to 10, or take the last DequantizeLinear out of the model) or leave the last layer in float (exclude).'
    : 'take the last DequantizeLinear out of the model, or leave the last layer in float (exclude).';
}
