import { writeFileSync } from 'node:fs';

/** Writes float32 values in NumPy's .npy format, version 1.0. */
export function writeNpy(path: string, dims: readonly number[], values: Float32Array): void {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11, ' ') + '\n';
  const header = Buffer.alloc(10);
  Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]).copy(header);
  header.writeUInt16LE(padded.length, 8);
  writeFileSync(
    path,
    Buffer.concat([header, Buffer.from(padded), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]),
  );
}
