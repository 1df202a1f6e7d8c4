import { type Model, simplify } from '@octet/onnx';

import { foldMatMulBiases } from './rewrite/fold-matmul-bias.js';

/**
 * The form that is calibrated and quantised: constants as initialisers, BatchNorm folded into the layer before it,
 * Identity removed, MatMul with a bias as Gemm. Deterministic, so tensor names in a calibration table mean the same on
 * every machine.
 */
export function prepareModel(model: Model): Model {
  const { model: result } = simplify(model);
  foldMatMulBiases(result);
  return result;
}
