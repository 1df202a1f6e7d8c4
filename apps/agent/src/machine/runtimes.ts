import { readFile } from 'node:fs/promises';
import { OctetError, ortProviderOf, type Device, type RuntimeName } from '@octet/domain';
import {
  createNullRuntime,
  createOnnxRuntime,
  createScriptedRuntime,
  createTensorRtRuntime,
  type AllowedPlugin,
  type Runtime,
} from '@octet/engines';

/** The runtimes that measure; `null` and `scripted` join only when they are named. */
export const realRuntimes: readonly RuntimeName[] = [
  'onnxruntime',
  'tensorrt',
  'onnxruntime-cuda',
  'onnxruntime-tensorrt',
];

/** What the runtimes of this agent are made with. */
export interface RuntimeSettings {
  scriptPath: string | null;
  timingCacheDir?: string | null;
  plugins?: readonly AllowedPlugin[];
}

async function readScript(path: string | null): Promise<unknown> {
  if (path === null)
    throw new OctetError('script-missing', 'Set OCTET_SCRIPT to the file that the scripted runtime plays.');
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new OctetError(
      'script-invalid',
      `The script ${path} is no JSON that can be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

/** Makes a runtime by name. @throws OctetError `script-missing`, `script-invalid`. */
export async function runtimeByName(name: RuntimeName, settings: RuntimeSettings): Promise<Runtime> {
  switch (name) {
    case 'onnxruntime':
    case 'onnxruntime-cuda':
    case 'onnxruntime-tensorrt':
      return createOnnxRuntime({ provider: ortProviderOf(name) ?? 'cpu' });
    case 'null':
      return createNullRuntime();
    case 'scripted':
      return createScriptedRuntime(await readScript(settings.scriptPath));
    case 'tensorrt':
      return createTensorRtRuntime({
        ...(typeof settings.timingCacheDir === 'string' && { timingCacheDir: settings.timingCacheDir }),
        plugins: settings.plugins ?? [],
      });
  }
}

/** Which devices a runtime drives; the simulated ones drive any. */
export function drives(name: RuntimeName, device: Device): boolean {
  if (name === 'tensorrt') return device.kind !== 'cpu';
  const provider = ortProviderOf(name);
  return provider === null || device.kind === (provider === 'cpu' ? 'cpu' : 'gpu');
}
