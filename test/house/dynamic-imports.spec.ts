import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The build rewrites aliases of static imports only: a dynamic one would fail in the built program alone. */
it('imports libs by alias statically', () => {
  const files = execFileSync('git', ['ls-files', 'apps', 'libs', 'migrations'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => (file.endsWith('.ts') || file.endsWith('.tsx')) && !file.endsWith('.spec.ts'));
  expect(files.length).toBeGreaterThan(50);
  const offenders = files.filter((file) =>
    /(?<!typeof )import\(\s*'@octet\//.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(offenders).toEqual([]);
});
