import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const built = new Map<string, string>();

/**
 * For a run from sources only (tests, benches): the entry file as JavaScript in one file, made once for each parent. A process
 * is begun for every engine and round, and a TypeScript loader in it would take longer than the round (250 ms of 350 ms).
 */
export function builtEntry(entry: URL): string {
  const source = fileURLToPath(entry);
  let file = built.get(source);
  if (file === undefined) {
    file = build(source);
    built.set(source, file);
  }
  return file;
}

/** Named after its content and moved into place, so that parents side by side don't meet half a file. */
function build(source: string): string {
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    write: false,
  });
  const code = (outputFiles[0] as (typeof outputFiles)[number]).contents;
  const dir = join(dirname(require.resolve('onnxruntime-node/package.json')), '../.cache/octet');
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const file = join(dir, `${basename(dirname(source))}-${hash}.mjs`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
