import type { BuiltEngine } from '../port.js';

/**
 * The same built engine, to be run with another number of threads; null where the runtime has no such mode. ONNX Runtime's
 * optimised model does not depend on the threads that run it.
 */
export function withThreads(engine: BuiltEngine, threads: number): BuiltEngine | null {
  const { manifest } = engine;
  switch (manifest.runtime) {
    case 'onnxruntime':
      return {
        ...engine,
        manifest: { ...manifest, threads, options: { ...manifest.options, intraOpNumThreads: threads } },
      };
    case 'scripted':
    case 'null':
      return { ...engine, manifest: { ...manifest, threads } };
    default:
      return null;
  }
}
