import { OctetError } from '@octet/domain';
import { gunzipSync } from 'fflate';

import type { Tensor } from '../tensor.js';

/**
 * Reads an IDX file of unsigned bytes, plain or gzipped: two zero bytes, type 0x08, number of dimensions, big-endian
 * sizes, values (Y. LeCun et al., "The MNIST database", http://yann.lecun.com/exdb/mnist/).
 * Throws OctetError `bad-idx` saying what is wrong.
 */
export function readIdx(content: Uint8Array, name: string): Tensor {
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? gunzip(content, name) : content;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) throw bad(name, 'it does not start with two zero bytes');
  if (bytes[2] !== 0x08)
    throw bad(name, `its type code is 0x${bytes[2]!.toString(16)}, only 0x08 (unsigned bytes) is read`);
  const rank = bytes[3]!;
  if (bytes.length < 4 + 4 * rank) throw bad(name, 'its header is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i, false));
  const wanted = dims.reduce((a, b) => a * b, 1);
  const found = bytes.length - 4 - 4 * rank;
  if (found !== wanted) throw bad(name, `it holds ${found} bytes of data where its sizes need ${wanted}`);
  return { dataType: 'uint8', dims, data: bytes.slice(4 + 4 * rank) };
}

function gunzip(content: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(content);
  } catch (cause) {
    throw new OctetError('bad-idx', `"${name}" can't be unpacked. Copy the file again.`, { cause });
  }
}

function bad(name: string, what: string): OctetError {
  return new OctetError('bad-idx', `"${name}" is no IDX file of bytes: ${what}. Give an MNIST-style file.`);
}

/** Where the labels of an image file lie by MNIST's own names; null for a file that is not named so. */
export function labelPathOf(imagePath: string): string | null {
  const label = imagePath.replace(/images([.-])idx3/, 'labels$1idx1');
  return label === imagePath ? null : label;
}
