import type { TrialState } from '@octet/protocol';
import { describe, expect, it } from 'vitest';
import { acknowledge } from './acknowledge.js';

const trial = (state: TrialState, attempt = 2, agentId: string | null = 'a') => ({ state, attempt, agentId });
const result = { attempt: 2, agentId: 'a' };

describe('acknowledging a result', () => {
  it('accepts the current attempt of the agent that holds it', () => {
    expect(acknowledge(trial('assigned'), result)).toEqual({ accepted: true, reason: 'accepted' });
  });

  it('accepts what was given up meanwhile, as long as nobody else was assigned', () => {
    expect(acknowledge(trial('queued'), result).accepted).toBe(true);
    expect(acknowledge(trial('failed'), result).accepted).toBe(true);
  });

  it.each([
    ['an earlier attempt', trial('assigned', 3), 'stale-attempt'],
    ['a later attempt than ever was', trial('assigned', 1), 'stale-attempt'],
    ['an earlier attempt of a trial that is done', trial('done', 3), 'stale-attempt'],
    ['another agent', trial('assigned', 2, 'b'), 'stale-attempt'],
    ['a duplicate', trial('done'), 'already-accepted'],
    ['a cancelled trial', trial('cancelled'), 'cancelled'],
    ['no such trial', null, 'unknown-trial'],
  ] as const)('refuses %s', (_, standing, reason) => {
    expect(acknowledge(standing, result)).toEqual({ accepted: false, reason });
  });
});
