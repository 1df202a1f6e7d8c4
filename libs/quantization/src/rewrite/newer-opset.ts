import { OctetError } from '@octet/domain';
import { type Model, upgradeOpset } from '@octet/onnx';

/** Operator set in which QuantizeLinear got its axis; every runtime of the last five years reads it. */
export const upgradedOpset = 13;

/**
 * The model itself where its operator set is `wanted` or newer, else a copy in operator set 13. Tensor names stay. One that can't be upgraded
 * but has `least` comes back as it is.
 * Throws OctetError `opset-too-old` naming what stands in the way.
 */
export function withOpset(model: Model, least: number, wanted = least): Model {
  const opset = model.opset() ?? 0;
  if (opset >= wanted) return model;
  const upgraded = upgradeOpset(model, upgradedOpset);
  if ('model' in upgraded) return upgraded.model;
  if (opset >= least) return model;
  const details = { opset, needed: upgradedOpset, obstacle: upgraded.missing.join('; ') };
  throw new OctetError('opset-too-old', upgraded.refusal.message, { details });
}
