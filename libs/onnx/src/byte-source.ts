import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are looked at a few at a time: a buffer, or a file of any size. */
export interface ByteSource {
  readonly length: number;
  /** The byte at `position`, which must lie in [0, length). */
  at(position: number): number;
  /** A copy of [start, end). */
  slice(start: number, end: number): Uint8Array;
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    at: (position) => bytes[position] ?? 0,
    slice: (start, end) => bytes.slice(start, end),
  };
}

/** Largest count that one read call takes on Linux is 2^31 - 4096; smaller pieces keep the cost of a retry low. */
const readChunk = 64 * 1024 * 1024;

/** Reads [offset, offset + length) of an open file, in pieces. Shorter than asked only at the end of the file. */
export function readRange(fd: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, Math.min(readChunk, length - filled), offset + filled);
    if (count === 0) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

/** Headers of tensors lie far apart: a larger window would read weights that nobody looks at. */
const windowBytes = 8192;

/** A file seen through a small window: walking its structure costs no memory, whatever its size. */
export class FileSource implements ByteSource {
  readonly length: number;
  readonly #fd: number;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.length = fstatSync(this.#fd).size;
  }

  at(position: number): number {
    const known = position - this.#start;
    if (known >= 0 && known < this.#window.length) return this.#window[known] ?? 0;
    this.#start = position;
    this.#window = readRange(this.#fd, position, Math.min(windowBytes, this.length - position));
    return this.#window[0] ?? 0;
  }

  slice(start: number, end: number): Uint8Array {
    return readRange(this.#fd, start, end - start);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
