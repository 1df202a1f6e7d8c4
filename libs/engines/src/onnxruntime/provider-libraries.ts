import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OrtProvider, RuntimeName } from '@octet/domain';

/** What `onnxruntime` is called for each provider that it computes with. */
export const runtimeOfProvider = {
  cpu: 'onnxruntime',
  cuda: 'onnxruntime-cuda',
  tensorrt: 'onnxruntime-tensorrt',
} as const satisfies Record<OrtProvider, RuntimeName>;

/** Providers of a session in order of preference: what TensorRT leaves goes to CUDA, what CUDA leaves to the CPU. */
export function providerChain(provider: OrtProvider): OrtProvider[] {
  if (provider === 'tensorrt') return ['tensorrt', 'cuda', 'cpu'];
  return provider === 'cuda' ? ['cuda', 'cpu'] : ['cpu'];
}

/**
 * Where ONNX Runtime looks for the libraries of its GPU providers: beside its own. The npm package comes without them; its install
 * script fetches them on Linux x64 where it may run and reach its feed.
 */
export function providerFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** Names of the libraries that a provider needs in that folder and that are not there. */
export function missingLibraries(provider: OrtProvider, folder = providerFolder()): string[] {
  const needed = providerChain(provider).flatMap((name) => (name === 'cpu' ? [] : [libraryOf(name)]));
  if (needed.length === 0) return [];
  return [...needed, libraryOf('shared')].filter((name) => !existsSync(join(folder, name)));
}

function libraryOf(name: string): string {
  const [prefix, ending] = process.platform === 'win32' ? ['', 'dll'] : ['lib', 'so'];
  return `${prefix}onnxruntime_providers_${name}.${ending}`;
}
