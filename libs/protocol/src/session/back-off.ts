const firstMs = 250;
const longestMs = 30_000;

/**
 * Delay before the n-th try in a row (1 is the first): doubles from 250 ms to 30 s, spread over the upper half so that a
 * fleet does not come back in one instant.
 *
 * @param random in [0, 1).
 */
export function backOffMs(failures: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 20));
  return Math.round(full * (0.5 + random / 2));
}
