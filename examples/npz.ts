import { type Zippable, zipSync } from 'fflate';

export interface NpyArray {
  dims: readonly number[];
  values: Float32Array | Uint8Array | Int32Array;
}

function typeCode(values: NpyArray['values']): string {
  if (values instanceof Float32Array) return '<f4';
  return values instanceof Int32Array ? '<i4' : '|u1';
}

/** NumPy's .npy format, version 1 (numpy.lib.format): magic, header padded to 64 bytes, values in C order. */
export function npy(array: NpyArray): Uint8Array {
  const shape = array.dims.length === 1 ? `${array.dims[0]},` : array.dims.join(', ');
  const text = `{'descr': '${typeCode(array.values)}', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  const { buffer, byteOffset, byteLength } = array.values;
  return new Uint8Array(
    Buffer.concat([head, Buffer.from(padded, 'latin1'), new Uint8Array(buffer, byteOffset, byteLength)]),
  );
}

/** The same arrays give the same bytes: entries carry the ZIP format's first date. */
export function npz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  const entries: Zippable = {};
  for (const [name, array] of Object.entries(arrays)) entries[`${name}.npy`] = npy(array);
  return zipSync(entries, { level: 6, mtime: '1980-01-02T12:00:00' });
}
