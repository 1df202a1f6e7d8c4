import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `condition` holds; fails the test with `what` after `limitMs`. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  what: string,
  limitMs = 20_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(20);
  }
}
