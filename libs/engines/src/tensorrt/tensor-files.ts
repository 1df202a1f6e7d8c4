import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import { z } from 'zod';
import type { Tensor, TensorMap } from '../port.js';
import type { Dialect } from './dialect.js';
import { anyNumber, parseTolerantJson } from './tolerant-json.js';

/** Writes raw input data for `--loadInputs`; files by input name. Sizes are checked here: trtexec only says how many bytes it read. */
export async function writeInputs(
  inputs: TensorMap,
  folder: string,
  dialect: Dialect,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [index, [name, tensor]] of Object.entries(inputs).entries()) {
    refuseName(name);
    const path = join(folder, `input-${index}.bin`);
    await writeFile(path, bytesOf(name, tensor, dialect));
    files[name] = path;
  }
  return files;
}

/** trtexec splits its list of inputs at commas and knows no escape. */
function refuseName(name: string): void {
  if (!/[,']/.test(name)) return;
  throw new OctetError(
    'input-name-unsupported',
    `trtexec cannot take an input called ${JSON.stringify(name)}: rename it in the model (no comma, no quote).`,
  );
}

function bytesOf(name: string, { data, dims, dataType }: Tensor, dialect: Dialect): Uint8Array {
  const elements = dims.reduce((product, size) => product * size, 1);
  if (data.length !== elements) {
    throw new OctetError(
      'input-size',
      `Input ${name} has ${data.length} values where its shape ${dims.join('x')} needs ${elements}.`,
    );
  }
  if (dataType === 'int64' && !dialect.int64Inputs) return raw(Int32Array.from(data as BigInt64Array, Number));
  return raw(data);
}

function raw(data: Tensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const outputsSchema = z.array(z.looseObject({ name: z.string(), dimensions: z.string(), values: z.array(anyNumber) }));

/** Reads `--exportOutput`: values as float32, NaN and infinities included. Throws OctetError `outputs-invalid` or a JSON code. */
export async function readOutputs(path: string): Promise<TensorMap> {
  const parsed = outputsSchema.safeParse(parseTolerantJson(await readFile(path, 'utf8'), 'The exported output'));
  if (!parsed.success) {
    throw new OctetError(
      'outputs-invalid',
      'trtexec exported outputs in a form that is not known: use TensorRT 8.4 to 11.',
    );
  }
  return Object.fromEntries(parsed.data.map((output) => [output.name, outputTensor(output)]));
}

function outputTensor({ name, dimensions, values }: z.infer<typeof outputsSchema>[number]): Tensor {
  const dims = dimensions === '' || dimensions === 'scalar' ? [] : dimensions.split('x').map(Number);
  if (dims.reduce((product, size) => product * size, 1) !== values.length) {
    throw new OctetError('outputs-invalid', `Output ${name} has ${values.length} values but the shape ${dimensions}.`);
  }
  return { dataType: 'float32', dims, data: Float32Array.from(values) };
}
