/** A piece of this size is a chunk of its own: copying it would cost more than the chunk. */
const ownChunkBytes = 1024;
const firstBytes = 4096;

/**
 * Writes protobuf fields (https://protobuf.dev/programming-guides/encoding) one behind the other into as few chunks as
 * possible; long byte strings become chunks that point at the caller's memory. Reflection is what the generic writer of
 * @bufbuild/protobuf spends its time on in a young process: a model has thousands of small fields.
 */
export class WireWriter {
  /** Bytes written so far. */
  length = 0;
  #chunks: Uint8Array[] = [];
  #buffer = Buffer.allocUnsafeSlow(firstBytes);
  #start = 0;
  #end = 0;
  /** Of messages inside, one after the other. */
  #body: WireWriter | null = null;

  /** What was written, in order. The writer is of no use after it. */
  chunks(): Uint8Array[] {
    this.#cut();
    return this.#chunks;
  }

  /** A number in [0, 2^53). */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#end++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
      this.length++;
    }
    this.#buffer[this.#end++] = rest;
    this.length++;
  }

  tag(field: number, wireType: 0 | 2 | 5): void {
    this.varint(field * 8 + wireType);
  }

  int32(field: number, value: number): void {
    this.tag(field, 0);
    if (value >= 0) this.varint(value);
    else this.#negative(BigInt(value));
  }

  int64(field: number, value: bigint): void {
    this.tag(field, 0);
    if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) this.varint(Number(value));
    else this.#negative(value);
  }

  float(field: number, value: number): void {
    this.tag(field, 5);
    this.#reserve(4);
    this.#end = this.#buffer.writeFloatLE(value, this.#end);
    this.length += 4;
  }

  text(field: number, value: string): void {
    this.tag(field, 2);
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#end += this.#buffer.write(value, this.#end);
    this.length += bytes;
  }

  bytes(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.#append(value);
  }

  /** A message as one field: `write` writes its body. */
  message(field: number, write: (body: WireWriter) => void): void {
    const body = (this.#body ??= new WireWriter());
    body.#clear();
    write(body);
    this.tag(field, 2);
    this.varint(body.length);
    this.append(body.chunks());
  }

  append(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.#append(chunk);
  }

  #append(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (bytes.length >= ownChunkBytes) {
      this.#cut();
      this.#chunks.push(bytes);
      return;
    }
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Two's complement in 64 bits: what is negative always takes ten bytes. */
  #negative(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n, this.length++) this.#buffer[this.#end++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#end++] = Number(rest);
    this.length++;
  }

  /** What was long is still pointed at: it keeps its memory. */
  #clear(): void {
    if (this.length >= ownChunkBytes) this.#buffer = Buffer.allocUnsafeSlow(firstBytes);
    this.#chunks = [];
    this.length = this.#start = this.#end = 0;
  }

  #cut(): void {
    if (this.#end > this.#start) this.#chunks.push(this.#buffer.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    this.#cut();
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(16 * firstBytes, bytes));
    this.#start = 0;
    this.#end = 0;
  }
}
