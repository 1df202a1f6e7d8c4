import { derivedSeed, seededRandom, shuffle } from './random.js';

/**
 * Order of the variants in each round, from a Williams square (E. J. Williams, "Experimental designs balanced for the
 * estimation of residual effects of treatments", Australian Journal of Scientific Research 2, 1949): over one cycle of
 * rounds (as many as there are labels, twice as many if that is odd) each label stands equally often in each place and
 * follows each other label equally often, so neither position nor what ran before favours a variant. Within each cycle
 * the rows and the labels are shuffled by `seed`. Round indices count from 0.
 */
export function balancedOrders(labels: readonly string[], seed: number): (roundIndex: number) => string[] {
  const rows = williamsSquare(labels.length);
  return (roundIndex) => {
    if (rows.length === 0) return [];
    const random = seededRandom(derivedSeed(seed, Math.floor(roundIndex / rows.length)));
    const names = shuffle(labels, random);
    const row = shuffle(rows, random)[roundIndex % rows.length] as number[];
    return row.map((place) => names[place] as string);
  };
}

/** Rows 0..n-1 of the square (n even), followed by their mirror images (n odd). */
export function williamsSquare(size: number): number[][] {
  const first = Array.from({ length: size }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : (size - i / 2) % size));
  const rows = Array.from({ length: size }, (_, shift) => first.map((place) => (place + shift) % size));
  return size % 2 === 0 ? rows : [...rows, ...rows.map((row) => row.toReversed())];
}
