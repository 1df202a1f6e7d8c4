import type { BuiltEngine } from '../port.js';

/**
 * The same built engine, to be measured with so many runs at once; null where that is no matter of loading it (TensorRT's
 * engines have `measureIn`) or makes no sense. What runs them is the CPU, each stream with the engine's threads.
 */
export function withStreams(engine: BuiltEngine, streams: number): BuiltEngine | null {
  const { manifest } = engine;
  if (manifest.runtime !== 'onnxruntime' && manifest.runtime !== 'scripted') return null;
  return { ...engine, manifest: { ...manifest, options: { ...manifest.options, streams } } };
}

/** Streams that an engine is to be measured with: one, unless `withStreams` said otherwise. */
export function streamsOf({ manifest }: BuiltEngine): number {
  const { streams } = manifest.options;
  return typeof streams === 'number' ? streams : 1;
}
