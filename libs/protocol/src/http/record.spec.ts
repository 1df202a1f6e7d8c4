import { roundRecord, trialRecord } from '@octet/testing';
import { expect, it } from 'vitest';
import { trialRecordSchema } from './record.js';

const recordWith = (turns: Record<string, number[]>) =>
  trialRecord({ rounds: [{ ...roundRecord(0, { fp32: 20, int8: 10 }), turns }] });

it('takes turns that add up to the samples of their engine', () => {
  expect(trialRecordSchema.safeParse(recordWith({ fp32: [4, 6], int8: [5, 5] })).error).toBeUndefined();
});

it('refuses turns that do not, before anything is computed from them', () => {
  for (const turns of [{ fp32: [4, 7] }, { fp32: [10, 0] }, { other: [1] }]) {
    const [issue] =
      trialRecordSchema.safeParse(recordWith(turns as unknown as Record<string, number[]>)).error?.issues ?? [];
    expect(issue?.path.slice(0, 3)).toEqual(['rounds', 0, 'turns']);
  }
});
