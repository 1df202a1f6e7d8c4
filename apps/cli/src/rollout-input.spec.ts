import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseBursts, parseBytes, parseDuration, parsePrice, readLatencies, readTrace } from './rollout-input.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-rollout-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, 'input');
  writeFileSync(path, text);
  return path;
}

describe('readLatencies', () => {
  it('sorts batch sizes, and takes curves that fall and single sizes as they are', () => {
    const path = file(
      '{"variants": {"int8": {"10": 1.5, "1": 3, "4": 2}, "fp16": {"8": 7}}, "memoryBytes": {"int8": {"4": 9}}}',
    );
    const [int8, fp16] = readLatencies(path);
    expect(int8!.points.map(({ batch, timeNs, memoryBytes }) => [batch, timeNs, memoryBytes])).toEqual([
      [1, 3e6, null],
      [4, 2e6, 9],
      [10, 1.5e6, null],
    ]);
    expect(fp16!.points).toHaveLength(1);
  });

  it.each([
    ['{"variants": {"int8": {"1": 0}}}', /variants\.int8\.1: a time is at least 1e-6 ms/],
    ['{"variants": {"int8": {"1": -2}}}', /a time is at least 1e-6 ms/],
    ['{"variants": {"int8": {"1": "2"}}}', /a time is a number of milliseconds/],
    ['{"variants": {"int8": {"1": NaN}}}', /is not JSON/],
    ['{"variants": {"int8": {"0": 1}}}', /batch sizes are whole numbers from 1 to 999999/],
    ['{"variants": {"int8": {"1.5": 1}}}', /variants\.int8\.1\.5: batch sizes are whole numbers/],
    ['{"variants": {"int8": {"1000000": 1}}}', /batch sizes are whole numbers/],
    ['{"variants": {"int8": {}}}', /variant int8 has no batch size/],
    ['{"variants": {}}', /name at least one variant/],
    ['[1, 2]', /input: Invalid input: expected object, received array\. Write/],
  ])('refuses %s', (text, message) => {
    expect(() => readLatencies(file(text))).toThrow(message);
  });
});

describe('readTrace', () => {
  it('reads lines and JSON alike, in any order', () => {
    const times = Float64Array.of(1e6, 2e6, 3.5e6);
    expect(readTrace(file('3.5\n1\n2\n'))).toEqual(times);
    expect(readTrace(file('[2, 3.5, 1]'))).toEqual(times);
  });

  it.each([
    ['', /at least two arrivals/],
    ['5', /at least two arrivals/],
    ['5\n5\n5', /all arrivals are at one moment/],
    ['1\nabc\n3', /entry 2 is not a number/],
    ['[1, "2", 3]', /entry 2 is not a number/],
  ])('refuses %j', (text, message) => {
    expect(() => readTrace(file(text))).toThrow(message);
  });
});

describe('options', () => {
  it('take times, prices, sizes and bursts with their units', () => {
    expect(['20ms', '1.5 s', '800us', '3'].map((text) => parseDuration('--p99', text))).toEqual([
      20e6, 1.5e9, 8e5, 3e6,
    ]);
    expect(['0.35/h', '$2', '.5 / h'].map(parsePrice)).toEqual([0.35, 2, 0.5]);
    expect(['8GB', '6GiB', '512MB', '100'].map(parseBytes)).toEqual([8e9, 6 * 2 ** 30, 512e6, 100]);
    expect(parseBursts('5, 0.1, 50ms')).toEqual({ ratio: 5, share: 0.1, meanS: 0.05 });
  });

  it.each(['-5ms', '0', '20m', '', 'NaN', '1e3'])('refuse the time %j', (text) => {
    expect(() => parseDuration('--p99', text)).toThrow(/write a time such as 20ms/);
  });

  it.each(['-1', 'abc', '', '0.35/d'])('refuse the price %j', (text) => {
    expect(() => parsePrice(text)).toThrow(/write the price of one device for an hour/);
  });

  it.each(['5,2,50ms', '0.5,0.1,50ms', '5,0.1', '5,0.1,50ms,1', '5,0,50ms'])('refuse the bursts %j', (text) => {
    expect(() => parseBursts(text)).toThrow(/write RATIO,SHARE,LENGTH/);
  });
});
