import { slot } from '@octet/testing';
import { describe, expect, it } from 'vitest';
import { fleetSentence, standingOf } from './agent-standing.js';

const idle = { ...slot(), running: null, reading: null };
const busy = { ...idle, running: { trialId: 'one', attempt: 1 } };

describe('the standing of an agent', () => {
  it.each([
    ['connected', { state: 'connected', duty: 'working', slots: [busy] }],
    ['lost', { state: 'lost', duty: 'working', slots: [idle] }],
    ['draining', { state: 'connected', duty: 'draining', slots: [idle, busy] }],
    ['drained', { state: 'connected', duty: 'draining', slots: [idle] }],
    ['paused', { state: 'lost', duty: 'paused', slots: [idle] }],
    ['revoked', { state: 'lost', duty: 'revoked', slots: [idle] }],
  ] as const)('is %s', (word, { state, duty, slots }) => {
    const standing = standingOf({ state, duty, slots: [...slots] });
    expect(standing.word).toBe(word);
    expect(standing.says === null).toBe(word === 'connected');
  });
});

it('says in a sentence what the devices do', () => {
  const agents = [
    { state: 'connected', duty: 'working', slots: [busy, idle] },
    { state: 'connected', duty: 'paused', slots: [idle] },
    { state: 'lost', duty: 'working', slots: [idle] },
  ] as const;
  expect(fleetSentence(agents.map((agent) => ({ ...agent, slots: [...agent.slots] })))).toBe(
    '3 agents with 4 devices: 1 measuring, 1 idle, 1 off duty, 1 lost.',
  );
  expect(fleetSentence([])).toBe('0 agents with 0 devices.');
});
