const int32Max = 2 ** 31 - 1;

export interface EncodedSamples {
  unit: 'ns';
  encoding: 'int32' | 'float64';
  count: number;
  data: Buffer;
}

/** Little-endian int32 where every sample is a whole number of ns below 2.1 s, else float64: 4 or 8 bytes for each. */
export function encodeSamples(samplesNs: readonly number[]): EncodedSamples {
  const count = samplesNs.length;
  const small = samplesNs.every((value) => Number.isInteger(value) && value >= 0 && value <= int32Max);
  const data = Buffer.allocUnsafe(count * (small ? 4 : 8));
  for (const [index, value] of samplesNs.entries()) {
    if (small) data.writeInt32LE(value, index * 4);
    else data.writeDoubleLE(value, index * 8);
  }
  return { unit: 'ns', encoding: small ? 'int32' : 'float64', count, data };
}

/** The samples exactly as they were encoded. */
export function decodeSamples({ encoding, count, data }: Omit<EncodedSamples, 'unit'>): number[] {
  return Array.from({ length: count }, (_, index) =>
    encoding === 'int32' ? data.readInt32LE(index * 4) : data.readDoubleLE(index * 8),
  );
}
