import type { Device } from '../device.js';
import type { ClassedLayer, LayerWork } from '../layer.js';
import type { FloatVariant } from '../recipe.js';
import { engineRoofline, layerRooflines, type EngineRoofline, type LayerRoofline } from './layer-roofline.js';
import { peaksOf, type Peaks } from './peaks.js';
import { theoreticalRatio, type TheoreticalRatio } from './theoretical-ratio.js';

/** An engine under the roofline. */
export interface EnginePotential extends EngineRoofline {
  layers: LayerRoofline[];
}

/** Why INT8 could be faster on this device, how much at most, and how much of it each engine reaches. */
export interface Potential {
  theory: TheoreticalRatio;
  /** Measured on the device (CPU) or stated for the product (GPU); null where neither is known. */
  peaks: Peaks | null;
  /** Peak INT8 rate over the float variant's. */
  peakRatio: number | null;
  /** null without peaks, layers or the model's work. */
  float: EnginePotential | null;
  int8: EnginePotential | null;
  /** Speed-up if both engines reached their rooflines: the sum of the float layers' bounds over that of the INT8 engine's. */
  speedupAtRoofline: number | null;
}

export interface PotentialFacts {
  device: Device;
  floatVariant: FloatVariant;
  peaks: Peaks | null;
  work: readonly LayerWork[] | null;
  float: { layers: readonly ClassedLayer[] | null; layerOverheadNs: number };
  int8: { layers: readonly ClassedLayer[] | null; layerOverheadNs: number };
}

/** Layers whose work is not known stand outside the bounds, so that `speedupAtRoofline` counts the same work on both sides. */
export function potentialOf({ device, floatVariant, work, ...facts }: PotentialFacts): Potential {
  const peaks = facts.peaks ?? peaksOf(device);
  const under = ({ layers, layerOverheadNs }: PotentialFacts['float']): EnginePotential | null => {
    if (layers === null || peaks === null || work === null) return null;
    const lines = layerRooflines(layers, { work, peaks, floatVariant, layerOverheadNs });
    return { ...engineRoofline(lines), layers: lines };
  };
  const [float, int8] = [under(facts.float), under(facts.int8)];
  const rates = [peaks?.teraOps.int8 ?? null, peaks?.teraOps[floatVariant] ?? null] as const;
  return {
    theory: theoreticalRatio(device, floatVariant),
    peaks,
    peakRatio: rates[0] === null || rates[1] === null ? null : rates[0] / rates[1],
    float,
    int8,
    speedupAtRoofline: ratioAtRoofline(float, int8),
  };
}

/** null where the engines' layers could not be matched with the same work of the model. */
function ratioAtRoofline(float: EnginePotential | null, int8: EnginePotential | null): number | null {
  if (float === null || int8 === null) return null;
  const [floatWork, int8Work] = [multiplying(float), multiplying(int8)];
  const same = Math.abs(floatWork.operations - int8Work.operations) <= 0.01 * floatWork.operations;
  return !same || int8Work.boundNs === 0 ? null : floatWork.boundNs / int8Work.boundNs;
}

/** Operations and least time (ns) of the layers that multiply. */
function multiplying({ layers }: EnginePotential): { operations: number; boundNs: number } {
  const work = layers.filter(({ operations }) => (operations ?? 0) > 0);
  const sum = (pick: (layer: LayerRoofline) => number | null): number =>
    work.reduce((total, layer) => total + (pick(layer) ?? 0), 0);
  return { operations: sum(({ operations }) => operations), boundNs: sum(({ boundNs }) => boundNs) };
}
