/**
 * Dense tensor in row-major order, structurally the one of the engine port (this lib may not import engines).
 * `data` holds dims' product elements; FP16 travels as Uint16Array bits.
 */
export interface Tensor {
  dataType: 'float32' | 'float16' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool';
  dims: number[];
  data: Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;
}

/** One set of inputs (or outputs), by tensor name. */
export type TensorMap = Record<string, Tensor>;

/** A model opened for running in float. */
export interface FloatSession {
  /** Runs once; resolves to every graph output by name. */
  run(inputs: TensorMap): Promise<TensorMap>;
  dispose(): Promise<void>;
}

export interface OpenOptions {
  /**
   * False: only what a few runs make up for is optimised. Default true; a runtime without that choice may ignore it.
   */
  optimized?: boolean;
}

/** Running ONNX models comes in from outside: quantisation knows no engine. */
export interface FloatRunner {
  open(modelPath: string, options?: OpenOptions): Promise<FloatSession>;
}

/** Number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Name, type and shape of one model input; -1 stands for a dimension without a fixed value. */
export interface InputSpec {
  name: string;
  dataType: Tensor['dataType'];
  dims: number[];
}
