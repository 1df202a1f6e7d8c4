import { helloMessage, slot, trialSpec } from '@octet/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialSession, keyOf, step, type SessionEffect, type SessionInput, type SessionState } from './index.js';

const { agentId, name, version, facts } = helloMessage();
const slots = ['cpu', 'gpu'].map((slotId) => slot({ slotId }));
const key = fc.record({ trialId: fc.constantFrom('a', 'b', 'c'), attempt: fc.integer({ min: 1, max: 2 }) });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const error = { code: 'x', message: 'y' };

const heard: fc.Arbitrary<SessionInput> = fc
  .oneof(
    fc.constant({ type: 'welcome' as const, protocolVersion: 1, heartbeatMs: 5_000 }),
    fc.record({ key, slotId: fc.constantFrom('cpu', 'gpu', 'no-such-slot') }).map(({ key: trial, slotId }) => ({
      type: 'trial.assigned' as const,
      ...trial,
      slotId,
      spec: trialSpec(),
      noiseFloor: 0.01,
    })),
    key.map((trial) => ({ type: 'trial.cancel' as const, ...trial, reason: 'r' })),
  )
  .map((message) => ({ type: 'message' as const, message }));

const happened: fc.Arbitrary<SessionInput> = fc.oneof(
  { weight: 4, arbitrary: heard },
  fc.constant({ type: 'opened' as const }),
  random.map((value) => ({ type: 'lost' as const, random: value })),
  key.map((trial) => ({ type: 'trial-failed' as const, key: trial, error, retry: true })),
  key.map((trial) => ({ type: 'trial-stopped' as const, key: trial })),
  fc.record({ type: fc.constant('post-failed' as const), key, random }),
  fc.constantFrom({ type: 'terminate' as const }, { type: 'drain-expired' as const }),
);

/** Only a trial that was started can be spooled: the driver has no other. */
function spoolOne(state: SessionState): SessionInput | null {
  const trial = state.running[0];
  return trial === undefined ? null : { type: 'trial-spooled', key: keyOf(trial) };
}

test('whatever happens: one trial to a slot, each start for a trial that is not on, no spooled result lost', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(happened, fc.constant('spool' as const)), { maxLength: 60 }), (inputs) => {
      let state = initialSession({ agentId, name, version, lifeId: 'life-1', facts, slots });
      const onDisk = new Set<string>();
      for (const one of inputs) {
        const input = one === 'spool' ? spoolOne(state) : one;
        if (input === null) continue;
        const before = state;
        let effects: SessionEffect[];
        [state, effects] = step(state, input);
        if (input.type === 'trial-spooled' && before.lifecycle !== 'ended') onDisk.add(JSON.stringify(input.key));
        const busy = state.running.map((trial) => trial.slotId);
        expect(new Set(busy).size).toBe(busy.length);
        for (const effect of effects) {
          if (effect.type === 'start-trial') expect(before.running).not.toContainEqual(keyOf(effect.assignment));
          if (effect.type === 'delete-spooled') onDisk.delete(JSON.stringify(effect.key));
        }
        expect(new Set(state.spooled.map((result) => JSON.stringify(keyOf(result))))).toEqual(onDisk);
      }
    }),
    { numRuns: 500 },
  );
});
