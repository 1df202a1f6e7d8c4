import { mulberry32, shuffle } from '@octet/domain';

/** Standard normal numbers by Box and Muller's transform, as made-up inputs have always been drawn. */
export function seededNormal(seed: number): () => number {
  const random = mulberry32(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** 0 .. count-1 in a random order. */
export function shuffledIndices(count: number, seed: number): Int32Array {
  return Int32Array.from(
    shuffle(
      Array.from({ length: count }, (_, i) => i),
      mulberry32(seed),
    ),
  );
}
