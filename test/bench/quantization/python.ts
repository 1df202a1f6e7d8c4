import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./reference.py', import.meta.url));

/**
 * A Python with onnxruntime, named by OCTET_PYTHON: a development tool, compared with and never needed to run Octet.
 * null where there is none.
 */
export function referencePython(): string | null {
  const python = process.env['OCTET_PYTHON'];
  if (python === undefined || !existsSync(python)) return null;
  return spawnSync(python, ['-c', 'import onnxruntime.quantization']).status === 0 ? python : null;
}

export const withoutPython =
  'no reference: OCTET_PYTHON names no Python with onnx, onnxruntime, numpy and sympy (python3 -m venv V; V/bin/pip install onnx onnxruntime numpy sympy)';

/** Runs reference.py and parses the JSON of its last line. */
export function runReferenceScript<T>(python: string, args: readonly string[]): T {
  const result = spawnSync(python, [script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.status !== 0) throw new Error(`reference.py ${args[0]} failed: ${result.stderr.slice(-2000)}`);
  return JSON.parse(last) as T;
}
