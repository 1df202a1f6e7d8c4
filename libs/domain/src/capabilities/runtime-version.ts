/** `8.5.3`, `10.13.3.9`, `8503` (trtexec's own `v8503`) -> numbers; null for what is not a version. */
export function parseVersion(version: string): number[] | null {
  const text = version.trim().replace(/^v/i, '');
  if (/^\d{4}$/.test(text)) return [Number(text[0]), Number(text[1]), Number(text.slice(2))];
  if (/^\d{5,6}$/.test(text)) return [Number(text.slice(0, -4)), Number(text.slice(-4, -2)), Number(text.slice(-2))];
  if (!/^\d+(\.\d+)*/.test(text)) return null;
  return (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number);
}

/** Negative if a is older than b; missing parts count as 0. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `version` is at least `minimum`. A version that can't be read is not at least anything. */
export function isAtLeast(version: string, minimum: string): boolean {
  const left = parseVersion(version);
  const right = parseVersion(minimum);
  return left !== null && right !== null && compareVersions(left, right) >= 0;
}
