export type DataType =
  'fp32' | 'fp16' | 'bf16' | 'tf32' | 'fp8' | 'int8' | 'uint8' | 'int4' | 'int32' | 'int64' | 'bool' | 'other';

/** A tensor at a layer's border, as the runtime's own layer list tells it. Unknown is null. */
export interface LayerTensor {
  name: string;
  dataType: DataType;
  /** Memory format as the runtime names it (`Row major linear`, `NC/32HW32 vectorized`); null where it has none. */
  format: string | null;
  dims: number[] | null;
}

/** design.md section 2: kind first, then data types. */
export type LayerClass = 'quantize' | 'dequantize' | 'layout' | 'cast' | 'copy' | 'int8' | 'float' | 'noop';

/** One layer of a built engine, in execution order, before it is classed. Each runtime's adapter produces these. */
export interface EngineLayer {
  name: string;
  /** The runtime's own type: `Reformat`, `CaskConvolution`, `QLinearConv`, `DynamicQuantizeLinear` ... */
  type: string;
  /**
   * What kind of work this is, decided by the adapter from the type alone: a pure conversion (Reformat, Quantize, Cast,
   * Transpose put in by the runtime ...), no work at all, or computing.
   */
  kind: 'conversion' | 'noop' | 'compute';
  /** Activation inputs and outputs only (no weights, scales, zero points). */
  inputs: LayerTensor[];
  outputs: LayerTensor[];
  /** Median over the profiled iterations, as it stands (profiler cost included), ns; null if the layer was not timed. */
  timeNs: number | null;
  /** Kernel or tactic that ran, where the runtime tells. */
  kernel: string | null;
  /** Execution provider (ONNX Runtime), null elsewhere. */
  provider: string | null;
  /** MACs or FLOPs are not a runtime's business; parameters it reports go here (bytes of weights read). */
  weightBytes: number | null;
}

/** The work of one layer of the model as it was given, for the trial's shapes. */
export interface LayerWork {
  /** Nodes and tensors by which a runtime may name the layer: its own, and those of what is fused into it. */
  names: string[];
  /** Multiply-accumulates of one execution of the batch. */
  macs: number;
  /** Elements of its weights. */
  weights: number;
}

export interface ClassedLayer extends EngineLayer {
  class: LayerClass;
  /** A computing layer with a conversion inside that can't be timed apart. */
  fusedQuantize: boolean;
  fusedDequantize: boolean;
  /** A layout layer chained directly to a quantize (dequantize) counts as part of T_quant (T_dequant). */
  chainedTo: 'quantize' | 'dequantize' | null;
}
