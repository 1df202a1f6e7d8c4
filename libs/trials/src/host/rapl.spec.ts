import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { joulesBetween, readEnergy } from './rapl.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'octet-rapl-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const counter = (name: string, microjoules: number): void => {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'energy_uj'), `${microjoules}\n`);
  writeFileSync(join(folder, name, 'max_energy_range_uj'), '1000000\n');
};

it('adds up the packages, leaves their parts out, and sees a counter that wrapped', () => {
  counter('intel-rapl:0', 200_000);
  counter('intel-rapl:1', 900_000);
  counter('intel-rapl:0:0', 5);
  const before = readEnergy(folder);
  counter('intel-rapl:0', 300_000);
  counter('intel-rapl:1', 100_000);
  expect(joulesBetween(before, readEnergy(folder))).toBeCloseTo(0.1 + 0.2, 9);
});

it('is null where there are no counters', () => {
  expect(readEnergy(folder)).toBeNull();
  expect(readEnergy(join(folder, 'none'))).toBeNull();
  expect(joulesBetween(null, null)).toBeNull();
});
