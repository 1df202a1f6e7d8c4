/** A source of numbers in [0, 1). */
export type RandomSource = () => number;

/**
 * xoshiro128** 1.1 (Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021), its state
 * filled by splitmix32 (the 32-bit finaliser of MurmurHash3 over a Weyl sequence). Two outputs make one 53-bit number in
 * [0, 1). `seed` is taken modulo 2^32; the same seed gives the same sequence on every machine.
 */
export function seededRandom(seed: number): RandomSource {
  const next = splitmix32(seed);
  let a = next();
  let b = next();
  let c = next();
  let d = next();
  const word = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  return () => ((word() >>> 5) * 0x4000000 + (word() >>> 6)) / 0x20000000000000;
}

/**
 * mulberry32 (Tommy Ettinger, public domain): 32 bits of state and of output. Held-out splits and made-up inputs are drawn
 * from it, so every recorded accuracy rests on its sequence; for statistics take `seededRandom`.
 */
export function mulberry32(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function splitmix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** A seed of its own for part `index` of something seeded: neighbouring indices give unrelated sequences. */
export function derivedSeed(seed: number, index: number): number {
  const next = splitmix32((seed ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0);
  return next();
}

/** Shuffled copy (Fisher-Yates, Durstenfeld's form). */
export function shuffle<T>(items: readonly T[], random: RandomSource): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** Standard normal numbers by Marsaglia's polar method. */
export function normalSource(random: RandomSource): RandomSource {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * random() - 1;
      const v = 2 * random() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * factor;
        return u * factor;
      }
    }
  };
}
