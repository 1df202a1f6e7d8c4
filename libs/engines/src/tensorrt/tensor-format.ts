import type { DataType } from '@octet/domain';

/** First match wins; order matters (`UInt8` holds `Int8`, `BFloat16` holds `Float16`). */
const dataTypes: readonly (readonly [RegExp, DataType])[] = [
  [/\bbf(?:loat)?16\b/i, 'bf16'],
  [/\b(?:fp16|half|float16)\b/i, 'fp16'],
  [/\b(?:fp8\w*|e4m3\w*|e5m2\w*)\b/i, 'fp8'],
  [/\b(?:fp32|float32|float)\b/i, 'fp32'],
  [/\buint8\b/i, 'uint8'],
  [/\bint8\b/i, 'int8'],
  [/\bint4\b/i, 'int4'],
  [/\bint64\b/i, 'int64'],
  [/\bint32\b/i, 'int32'],
  [/\bbool(?:ean)?\b/i, 'bool'],
];

interface ReadFormat {
  dataType: DataType;
  format: string | null;
}

/** TensorRT has a few dozen spellings and an engine up to hundreds of thousands of tensors. */
const spellings = new Map<string, ReadFormat>();
const spellingsKept = 1000;

/** The data type named in TensorRT's words: `Int8`, `Half`, or within a format such as `Row major linear FP16 format`. */
export function dataTypeOf(words: string): DataType {
  return readWords(words).dataType;
}

/**
 * The memory format in TensorRT's own words without the data type: `Row major linear`, `Channel major where channel % 8 ==
 * 0`, `Thirty-two wide channel vectorized row major`. null where none is told (Myelin's tensors, unknown formats).
 */
export function memoryFormatOf(words: string): string | null {
  return readWords(words).format;
}

function readWords(words: string): ReadFormat {
  const known = spellings.get(words);
  if (known !== undefined) return known;
  const read = {
    dataType: dataTypes.find(([pattern]) => pattern.test(words))?.[1] ?? ('other' as const),
    format: withoutType(words),
  };
  if (spellings.size < spellingsKept) spellings.set(words, read);
  return read;
}

function withoutType(words: string): string | null {
  if (/^(?:N\/A|unknown|none)/i.test(words)) return null;
  const type = dataTypes.find(([pattern]) => pattern.test(words));
  const format = (type === undefined ? words : words.replace(type[0], ''))
    .replaceAll(/\bformat\b|\(k\w+\)/gi, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/[.\s]+$/, '')
    .trim();
  return format === '' ? null : format;
}
