import { expect, it } from 'vitest';
import { budgetInWords, factsInWords } from './fact-words.js';

it('gives facts names and units, and leaves out what is unknown or said already', () => {
  const facts = { otherLoad: 0.983, swapUsedBytes: 0, virtualMachine: true, turbo: null, memoryBytes: 25e9, rig: 'B' };
  expect(factsInWords(facts)).toEqual([
    ['load by others, before', '98 %'],
    ['swap in use', '0 B'],
    ['virtual machine', 'yes'],
    ['rig', 'B'],
  ]);
});

it('says a budget in words', () => {
  expect(budgetInWords({ metric: 'top1', maxDrop: 0.02 })).toBe('top1 falls by at most 2 points');
  expect(budgetInWords({ metric: 'cosine', atLeast: 0.99 })).toBe('cosine at least 0.99');
});
