import type { QuantizationParameters } from '../arithmetic/schemes.js';
import type { WeightedLayer } from './weighted-layer.js';

/** A layer that stays float, and why. */
export interface LeftLayer {
  name: string;
  opType: string;
  reason: string;
}

/** One pair of QuantizeLinear and DequantizeLinear. */
export interface TensorPlan {
  tensor: string;
  parameters: QuantizationParameters;
  /**
   * `source`: the value exists in INT8 only, every reader sees the dequantised one. `readers`: only the nodes in
   * `readers` do, the others keep the float value.
   */
  at: 'source' | 'readers';
  /** Names of the nodes (see `layerName`) that read the dequantised value. */
  readers: Set<string>;
}

/** Where Q/DQ pairs go, and which layers get integer weights. */
export interface PlacementPlan {
  layers: WeightedLayer[];
  tensors: Map<string, TensorPlan>;
  /** Operators without weights that become INT8 between the pairs (Add, Concat, pooling ...), by name. */
  joined: LeftLayer[];
  left: LeftLayer[];
}
