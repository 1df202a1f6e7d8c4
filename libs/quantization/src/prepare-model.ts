import { type Model, simplify } from '@octet/onnx';

/**
 * The form that is calibrated and quantised: constants as initialisers, BatchNorm folded into the layer before it,
 * Identity removed. Deterministic, so tensor names in a calibration table mean the same on every machine.
 */
export function prepareModel(model: Model): Model {
  return simplify(model).model;
}
