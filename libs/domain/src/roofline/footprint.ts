import type { Footprint } from '../diagnosis/facts.js';
import type { Device } from '../device.js';
import type { ClassedLayer } from '../layer.js';
import { tensorBytes } from './layer-roofline.js';
import { peaksOf } from './peaks.js';

/**
 * Weight and activation bytes of both engines against the device's L2 cache (diagnosis `cache-resident`); null where the runtime
 * tells no weights, a shape is missing, or the cache is not known.
 */
export function footprintOf(
  device: Device,
  floatLayers: readonly ClassedLayer[] | null,
  int8Layers: readonly ClassedLayer[] | null,
): Footprint | null {
  const l2Bytes = peaksOf(device)?.l2Bytes ?? null;
  const floatBytes = engineBytes(floatLayers);
  const int8Bytes = engineBytes(int8Layers);
  if (l2Bytes === null || floatBytes === null || int8Bytes === null) return null;
  return { floatBytes, int8Bytes, l2Bytes };
}

/** Weights and every activation once. */
function engineBytes(layers: readonly ClassedLayer[] | null): number | null {
  if (layers === null || layers.every((layer) => layer.weightBytes === null)) return null;
  const activations = new Map(
    layers.flatMap((layer) => [...layer.inputs, ...layer.outputs]).map((tensor) => [tensor.name, tensor]),
  );
  let sum = layers.reduce((total, layer) => total + (layer.weightBytes ?? 0), 0);
  for (const tensor of activations.values()) {
    const bytes = tensorBytes(tensor);
    if (bytes === null) return null;
    sum += bytes;
  }
  return sum;
}
