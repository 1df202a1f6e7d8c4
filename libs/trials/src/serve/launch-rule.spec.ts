import { measuredPoint } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { launchRule } from './launch-rule.js';

const ms = 1e6;
const engines = [measuredPoint(1, ms), measuredPoint(4, 2 * ms), measuredPoint(8, 3.9 * ms)];

describe('launchRule', () => {
  it('launches alone and at once in linear scheduling', () => {
    expect(launchRule({ kind: 'linear', engine: engines[0]! })).toEqual({
      kind: 'rule',
      fullAt: 1,
      waitNs: 0,
      engineFor: Int32Array.of(0, 0),
    });
  });

  it('waits for a full batch or the oldest request in batch scheduling', () => {
    const rule = launchRule({ kind: 'batch', engine: engines[1]!, waitNs: 7 });
    expect(rule).toMatchObject({ fullAt: 4, waitNs: 7 });
  });

  it('takes the engine of the best split for each number of waiting requests', () => {
    const { fullAt, engineFor } = launchRule({ kind: 'multi-engine', engines });
    expect(fullAt).toBe(1);
    // 1: alone; 2: 2 x 1 ms or a padded 4 in as long, which is one launch; 8: 3.9 ms in one; 12: 8 and 4, the 8 being quicker.
    expect([1, 2, 4, 8, 12].map((waiting) => engines[engineFor[waiting]!]!.batch)).toEqual([1, 4, 4, 8, 8]);
  });
});
