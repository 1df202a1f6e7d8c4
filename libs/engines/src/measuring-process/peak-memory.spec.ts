import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { peakResidentBytes } from './peak-memory.js';

const source = fileURLToPath(new URL('./peak-memory.ts', import.meta.url));
const print = `import(${JSON.stringify(source)}).then(({ peakResidentBytes }) => console.log(peakResidentBytes()))`;

describe('peak memory', () => {
  it('is at least what the process holds', () => {
    expect(peakResidentBytes()).toBeGreaterThanOrEqual(0.9 * process.memoryUsage.rss());
  });

  it.runIf(process.platform === 'linux')("is the process's own, however large the one that forked it", () => {
    const held = Buffer.alloc(600 * 2 ** 20, 1);
    const child = spawnSync(process.execPath, ['--import', 'tsx', '-e', print], { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    expect(Number(child.stdout)).toBeLessThan(held.length);
    expect(Number(child.stdout)).toBeGreaterThan(20 * 2 ** 20);
  });
});
