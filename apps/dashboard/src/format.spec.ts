import { describe, expect, it } from 'vitest';
import {
  classDetail,
  formatAge,
  formatBytes,
  formatMillijoules,
  formatNs,
  formatSeconds,
  recipeText,
} from './format.js';
import { csvOf } from './parts/save-file.js';

describe('formats', () => {
  it('chooses units', () => {
    expect([0, 999, 1234, 25_566_000, 1.5e9, -2_300_000, null].map(formatNs)).toEqual([
      '0 ns',
      '999 ns',
      '1.23 µs',
      '25.6 ms',
      '1.50 s',
      '−2.30 ms',
      '–',
    ]);
    expect([0, 999, 25_276_502_016, null].map(formatBytes)).toEqual(['0 B', '999 B', '25.3 GB', '–']);
    expect([0.4123, 3.1, 999.7, 1250].map(formatMillijoules)).toEqual(['412 µJ', '3.1 mJ', '1000 mJ', '1.25 J']);
    expect([40, 130, 7800].map(formatSeconds)).toEqual(['40 s', '2 min', '2 h 10 min']);
    expect(formatAge('2026-01-01T00:00:00Z', Date.parse('2026-01-01T03:10:00Z'))).toBe('3 h ago');
  });

  it('names recipes and device classes', () => {
    expect(recipeText({ scheme: 'static-symmetric', calibrator: 'max', weightBits: 7, biasCorrection: true })).toBe(
      'static-symmetric, max, 7-bit weights, corrected biases',
    );
    expect(classDetail('sm_86/nvidia-a10/24g/150w')).toBe('24 GiB 150 W');
    expect(classDetail('x86-64/amd-epyc/avx2/2t')).toBe('2 threads');
    expect(classDetail('sm_90/nvidia-h200/140g/power-unknown')).toBe('140 GiB');
  });

  it('writes CSV that no spreadsheet runs', () => {
    expect(
      csvOf([
        ['a', 'b'],
        ['x,"y"', null],
        ['=1+1', -2],
      ]),
    ).toBe(`a,b\r\n"x,""y""",\r\n'=1+1,-2\r\n`);
  });
});
