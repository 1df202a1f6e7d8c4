import { readFile } from 'node:fs/promises';
import { OctetError, type Device, type RuntimeName } from '@octet/domain';
import {
  createNullRuntime,
  createOnnxRuntime,
  createScriptedRuntime,
  createTensorRtRuntime,
  type Runtime,
} from '@octet/engines';

/** The runtimes that measure; `null` and `scripted` join only when they are named. */
export const realRuntimes: readonly RuntimeName[] = ['onnxruntime', 'tensorrt'];

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
export async function runtimeByName(name: RuntimeName, scriptPath: string | null): Promise<Runtime> {
  switch (name) {
    case 'onnxruntime':
      return createOnnxRuntime();
    case 'null':
      return createNullRuntime();
    case 'scripted':
      return createScriptedRuntime(await readScript(scriptPath));
    case 'tensorrt':
      return createTensorRtRuntime();
  }
}

/** Which devices a runtime drives; the simulated ones drive any. */
export function drives(name: RuntimeName, device: Device): boolean {
  if (name === 'onnxruntime') return device.kind === 'cpu';
  if (name === 'tensorrt') return device.kind !== 'cpu';
  return true;
}
