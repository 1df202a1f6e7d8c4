import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const probe = mkdtempSync(join(tmpdir(), 'octet-direction-'));
afterAll(() => rmSync(probe, { recursive: true }));

/** Lints one file as if it stood at `path` in the house. */
function lint(path: string, source: string): { code: number | null; output: string } {
  copyFileSync(join(root, '.oxlintrc.json'), join(probe, '.oxlintrc.json'));
  const file = join(probe, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const run = spawnSync(process.execPath, [join(root, 'node_modules/oxlint/bin/oxlint'), path], {
    cwd: probe,
    encoding: 'utf8',
  });
  rmSync(file);
  return { code: run.status, output: run.stdout + run.stderr };
}

describe('the direction of the house', () => {
  it.each([
    ['libs/domain/src/a.ts', "import 'node:fs';"],
    ['libs/domain/src/b.ts', "import { z } from 'zod';\nexport const x = z;"],
    ['libs/domain/src/statistics/c.ts', "import { routes } from '@octet/protocol';\nexport const x = routes;"],
    ['libs/protocol/src/d.ts', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;"],
    ['libs/protocol/src/e.ts', "import { Injectable } from '@nestjs/common';\nexport const x = Injectable;"],
    ['libs/onnx/src/f.ts', "import { quantizeModel } from '@octet/quantization';\nexport const x = quantizeModel;"],
    ['libs/engines/src/onnxruntime/g.ts', "import { loadModel } from '@octet/onnx';\nexport const x = loadModel;"],
    ['libs/engines/src/h.ts', "import { loadModel } from '../../onnx/src/index.js';\nexport const x = loadModel;"],
    ['libs/trials/src/i.ts', "import { main } from '../../../apps/agent/src/main.js';\nexport const x = main;"],
    ['apps/dashboard/src/j.ts', "import { runTrial } from '@octet/trials';\nexport const x = runTrial;"],
    ['apps/cli/src/k.ts', "import { testServices } from '@octet/testing';\nexport const x = testServices;"],
  ])('refuses %s: %s', (path, source) => {
    const { code, output } = lint(path, source);
    expect(output).toContain('no-restricted-imports');
    expect(code).not.toBe(0);
  });

  it.each([
    ['libs/domain/src/a.ts', "import { median } from './statistics/median.js';\nexport const x = median;"],
    ['libs/domain/src/statistics/b.ts', "import { OctetError } from '../errors.js';\nexport const x = OctetError;"],
    ['libs/quantization/src/c.ts', "import { loadModel } from '@octet/onnx';\nexport const x = loadModel;"],
    ['libs/trials/src/d.ts', "import { quantizeModel } from '@octet/quantization';\nexport const x = quantizeModel;"],
  ])('allows %s: %s', (path, source) => {
    const { code, output } = lint(path, source);
    expect(output).not.toContain('no-restricted-imports');
    expect(code).toBe(0);
  });

  it('holds for the house as it stands', () => {
    const bin = join(root, 'node_modules/oxlint/bin/oxlint');
    expect(() => execFileSync(process.execPath, [bin, 'libs', 'apps'], { cwd: root, stdio: 'pipe' })).not.toThrow();
  });
});
