import { OctetError } from '@octet/domain';

import { elementCount, type Tensor } from '../tensor.js';

type Reader = {
  bytes: number;
  dataType: Tensor['dataType'];
  read: (view: DataView, at: number, little: boolean) => number;
};

/** NumPy type codes (without byte order) that can be a model's input; doubles are narrowed to float32. */
const readers: Record<string, Reader> = {
  f8: { bytes: 8, dataType: 'float32', read: (view, at, little) => view.getFloat64(at, little) },
  f4: { bytes: 4, dataType: 'float32', read: (view, at, little) => view.getFloat32(at, little) },
  f2: { bytes: 2, dataType: 'float16', read: (view, at, little) => view.getUint16(at, little) },
  u1: { bytes: 1, dataType: 'uint8', read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, dataType: 'int8', read: (view, at) => view.getInt8(at) },
  b1: { bytes: 1, dataType: 'bool', read: (view, at) => view.getUint8(at) },
  i4: { bytes: 4, dataType: 'int32', read: (view, at, little) => view.getInt32(at, little) },
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface Header {
  descr: string;
  fortran: boolean;
  dims: number[];
  dataAt: number;
}

/**
 * Reads one array in NumPy's .npy format, versions 1 to 3
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). C order; float64 becomes float32.
 * Throws OctetError `bad-npy` saying what is wrong.
 */
export function readNpy(bytes: Uint8Array, name: string): Tensor {
  const header = readHeader(bytes, name);
  if (header.fortran && header.dims.length > 1) {
    throw bad(name, 'it is stored in Fortran order. Save it with numpy.ascontiguousarray first');
  }
  const order = header.descr[0]!;
  const code = header.descr.slice(1);
  const little = order !== '>';
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.dataAt, bytes.byteLength - header.dataAt);
  const count = elementCount(header.dims);
  if (code === 'i8' || code === 'u8')
    return { dataType: 'int64', dims: header.dims, data: read64(view, count, little, name) };
  const reader = readers[code];
  if (reader === undefined) {
    throw bad(name, `its type is ${header.descr}. Use float32, float64, float16, int8, uint8, int32, int64 or bool`);
  }
  checkLength(view, count * reader.bytes, name);
  if (code === 'f4' && little && littleEndianHost)
    return { dataType: 'float32', dims: header.dims, data: copyFloats(view, count) };
  const data = allocate(reader.dataType, count);
  for (let i = 0; i < count; i++) data[i] = reader.read(view, i * reader.bytes, little);
  return { dataType: reader.dataType, dims: header.dims, data };
}

function readHeader(bytes: Uint8Array, name: string): Header {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw bad(name, 'it does not start with the .npy signature. Write it with numpy.save');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = wide ? 12 : 10;
  if (start + length > bytes.length) throw bad(name, 'its header is cut short. Copy the file again');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
  return { ...parseHeader(text, name), dataAt: start + length };
}

function parseHeader(text: string, name: string): Omit<Header, 'dataAt'> {
  const descr = /'descr'\s*:\s*'([<>|=][a-zA-Z]\d+)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw bad(name, 'its header names no plain type, order and shape (structured arrays and objects are not read)');
  }
  const dims = shape
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  if (!Number.isSafeInteger(elementCount(dims))) throw bad(name, `its shape (${shape}) is absurd`);
  return { descr, fortran: fortran === 'True', dims };
}

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Most data come so; copied whole, since the header seldom leaves them aligned. */
function copyFloats(view: DataView, count: number): Float32Array {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + 4 * count) as ArrayBuffer);
}

function read64(view: DataView, count: number, little: boolean, name: string): BigInt64Array {
  checkLength(view, count * 8, name);
  const data = new BigInt64Array(count);
  for (let i = 0; i < count; i++) data[i] = view.getBigInt64(i * 8, little);
  return data;
}

function checkLength(view: DataView, wanted: number, name: string): void {
  if (view.byteLength < wanted) {
    throw bad(name, `it holds ${view.byteLength} bytes of data where its shape needs ${wanted}. Copy the file again`);
  }
}

function allocate(dataType: Tensor['dataType'], count: number): Exclude<Tensor['data'], BigInt64Array> {
  switch (dataType) {
    case 'float16':
      return new Uint16Array(count);
    case 'int8':
      return new Int8Array(count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(count);
    case 'int32':
      return new Int32Array(count);
    default:
      return new Float32Array(count);
  }
}

function bad(name: string, what: string): OctetError {
  return new OctetError('bad-npy', `Array "${name}" can't be read: ${what}.`, { details: { array: name } });
}
