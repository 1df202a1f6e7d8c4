import { helloMessage, slot, trialSpec } from '@octet/testing';
import { describe, expect, test } from 'vitest';
import { backOffMs, initialSession, step, type SessionEffect, type SessionInput, type SessionState } from './index.js';

const { agentId, name, version, facts } = helloMessage();
const identity = { agentId, name, version, facts, lifeId: 'life-1', slots: [slot({ slotId: 'cpu' })] };
const one = { trialId: 'one', attempt: 1 };
const two = { trialId: 'two', attempt: 1 };

const welcome: SessionInput = { type: 'message', message: { type: 'welcome', protocolVersion: 1, heartbeatMs: 5_000 } };
const lost: SessionInput = { type: 'lost', random: 0 };

function assign(key: { trialId: string; attempt: number }, slotId = 'cpu'): SessionInput {
  return { type: 'message', message: { type: 'trial.assigned', ...key, slotId, spec: trialSpec(), noiseFloor: 0.01 } };
}

/** Plays inputs and keeps the effects of the last one. */
function play(state: SessionState, ...inputs: SessionInput[]): { state: SessionState; effects: SessionEffect[] } {
  let effects: SessionEffect[] = [];
  for (const input of inputs) [state, effects] = step(state, input);
  return { state, effects };
}

function connected(spooled: { trialId: string; attempt: number }[] = []): SessionState {
  return play(initialSession(identity, spooled), { type: 'started' }, { type: 'opened' }, welcome).state;
}

function sent(effects: SessionEffect[]) {
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
}

describe('connecting', () => {
  test('dials, says hello with its slots, and offers what an earlier life left on disk after the welcome', () => {
    const dialled = play(initialSession(identity, [one]), { type: 'started' });
    expect(dialled.effects).toEqual([{ type: 'connect', delayMs: 0 }]);
    const greeting = play(dialled.state, { type: 'opened' });
    expect(sent(greeting.effects)).toEqual([
      { type: 'hello', protocolVersion: 1, ...identity, running: [], spooled: [one] },
    ]);
    expect(play(greeting.state, welcome).effects).toEqual([{ type: 'post-result', key: one, delayMs: 0 }]);
  });

  test('backs off while no welcome comes, and starts over after one', () => {
    const { state } = play(initialSession(identity), { type: 'started' }, lost, lost, lost);
    expect(play(state, lost).effects).toEqual([{ type: 'connect', delayMs: backOffMs(4, 0) }]);
    const welcomed = play(state, { type: 'opened' }, welcome).state;
    expect(play(welcomed, lost).effects).toEqual([{ type: 'connect', delayMs: backOffMs(1, 0) }]);
  });

  test('hangs up when it is refused, and tries again later', () => {
    const refused: SessionInput = {
      type: 'message',
      message: { type: 'refused', code: 'protocol-version', message: 'update the agent' },
    };
    const { state, effects } = play(initialSession(identity), { type: 'started' }, { type: 'opened' }, refused);
    expect(effects).toEqual([{ type: 'disconnect' }]);
    expect(play(state, lost).effects).toEqual([{ type: 'connect', delayMs: backOffMs(1, 0) }]);
  });

  test('stops what it runs when it is revoked, says nothing of it, and dials on', () => {
    const refused: SessionInput = {
      type: 'message',
      message: { type: 'refused', code: 'agent-revoked', message: 'an operator revoked this agent' },
    };
    const { state, effects } = play(connected(), assign(one), refused);
    expect(effects).toEqual([{ type: 'stop-trial', key: one, reason: 'cancelled' }, { type: 'disconnect' }]);
    const after = play(state, lost, { type: 'trial-stopped', key: one });
    expect(after.effects).toEqual([]);
    expect(after.state).toMatchObject({ running: [], outbox: [], lifecycle: 'working' });
  });

  test('the delay doubles from a quarter of a second to half a minute, spread over its upper half', () => {
    expect([1, 2, 3, 8, 50].map((n) => backOffMs(n, 0))).toEqual([125, 250, 500, 15_000, 15_000]);
    expect([1, 2, 3, 8, 50].map((n) => backOffMs(n, 0.999999))).toEqual([250, 500, 1_000, 30_000, 30_000]);
  });
});

describe('a trial with the line up', () => {
  test('assigned, progress, spooled, posted, acknowledged', () => {
    const begun = play(connected(), assign(one));
    expect(sent(begun.effects)).toEqual([{ type: 'trial.accepted', ...one, slotId: 'cpu' }]);
    expect(begun.effects.at(-1)).toMatchObject({ type: 'start-trial', assignment: { trialId: 'one' } });
    const progress = { phase: 'build' as const, message: '', rounds: 0, interval: null, secondsLeft: null };
    const cache = { hits: 0, builds: 1, calibrations: 0 };
    const told = play(begun.state, { type: 'trial-progress', key: one, progress: { ...progress, cache } });
    expect(sent(told.effects)).toEqual([{ type: 'trial.progress', ...one, progress: { ...progress, cache } }]);
    const spooled = play(told.state, { type: 'trial-spooled', key: one });
    expect(spooled.effects).toEqual([{ type: 'post-result', key: one, delayMs: 0 }]);
    expect(spooled.state.running).toEqual([]);
    const acknowledgement = { accepted: true, reason: 'accepted' as const };
    const done = play(spooled.state, { type: 'result-acknowledged', key: one, acknowledgement });
    expect(done.effects).toEqual([{ type: 'delete-spooled', key: one }]);
    expect(done.state.spooled).toEqual([]);
  });

  test('a refused result is deleted too: the refusal is final', () => {
    const { state } = play(connected(), assign(one), { type: 'trial-spooled', key: one });
    const acknowledgement = { accepted: false, reason: 'stale-attempt' as const };
    const done = play(state, { type: 'result-acknowledged', key: one, acknowledgement });
    expect(done.effects).toEqual([{ type: 'delete-spooled', key: one }]);
  });

  test('a busy slot hands a second trial back, another slot takes it', () => {
    const both = { ...identity, slots: [slot({ slotId: 'cpu' }), slot({ slotId: 'gpu' })] };
    const state = play(initialSession(both), { type: 'started' }, { type: 'opened' }, welcome, assign(one)).state;
    expect(sent(play(state, assign(two)).effects)[0]).toMatchObject({ type: 'trial.handback', trialId: 'two' });
    expect(play(state, assign(two, 'gpu')).state.running.map((trial) => trial.slotId)).toEqual(['cpu', 'gpu']);
    expect(sent(play(state, assign(two, 'tpu')).effects)[0]).toMatchObject({ type: 'trial.handback' });
  });

  test('a failure frees the slot and says whether another attempt may help', () => {
    const error = { code: 'model-missing', message: 'no such model' };
    const begun = play(connected(), assign(one)).state;
    const { state, effects } = play(begun, { type: 'trial-failed', key: one, error, retry: false });
    expect(sent(effects)).toEqual([{ type: 'trial.failed', ...one, error, retry: false }]);
    expect(state.running).toEqual([]);
  });

  test('cancelled: the runner is stopped, and its end is told to nobody', () => {
    const begun = play(connected(), assign(one)).state;
    const cancel: SessionInput = { type: 'message', message: { type: 'trial.cancel', ...one, reason: 'by the user' } };
    const stopping = play(begun, cancel);
    expect(stopping.effects).toEqual([{ type: 'stop-trial', key: one, reason: 'cancelled' }]);
    expect(play(stopping.state, cancel).effects).toEqual([]);
    const ended = play(stopping.state, { type: 'trial-stopped', key: one });
    expect(ended.effects).toEqual([]);
    expect(ended.state.running).toEqual([]);
  });

  test('assigned again as a later attempt: the old one is stopped first, then the new one starts', () => {
    const later = { trialId: 'one', attempt: 2 };
    const begun = play(connected(), assign(one)).state;
    const { state, effects } = play(begun, assign(later));
    expect(effects).toEqual([
      { type: 'send', message: { type: 'trial.accepted', ...later, slotId: 'cpu' } },
      { type: 'stop-trial', key: one, reason: 'superseded' },
    ]);
    const ended = play(state, { type: 'trial-stopped', key: one });
    expect(ended.effects).toMatchObject([{ type: 'start-trial', assignment: later }]);
    expect(ended.state.running).toEqual([{ ...later, slotId: 'cpu', stopping: null }]);
  });
});

describe('a lost connection', () => {
  test('while a trial runs: it runs on, silently, and hello names it', () => {
    const begun = play(connected(), assign(one), lost);
    expect(begun.effects).toEqual([{ type: 'connect', delayMs: backOffMs(1, 0) }]);
    const greeting = play(begun.state, { type: 'opened' });
    expect(sent(greeting.effects)[0]).toMatchObject({ running: [{ slotId: 'cpu', ...one }], spooled: [] });
    expect(play(greeting.state, welcome).effects).toEqual([]);
  });

  test('before the assignment was accepted by the controller: told again, it is accepted again and started once', () => {
    const { state } = play(connected(), assign(one), lost, { type: 'opened' }, welcome);
    const again = play(state, assign(one));
    expect(again.effects).toEqual([{ type: 'send', message: { type: 'trial.accepted', ...one, slotId: 'cpu' } }]);
    expect(again.state.running).toHaveLength(1);
  });

  test('the trial ends while the line is down: the result is posted at once, again with a delay, and after the welcome', () => {
    const down = play(connected(), assign(one), lost, { type: 'trial-spooled', key: one });
    expect(down.effects).toEqual([{ type: 'post-result', key: one, delayMs: 0 }]);
    const failed = play(down.state, { type: 'post-failed', key: one, random: 0 });
    expect(failed.effects).toEqual([{ type: 'post-result', key: one, delayMs: backOffMs(1, 0) }]);
    const greeting = play(failed.state, { type: 'opened' });
    expect(sent(greeting.effects)[0]).toMatchObject({ running: [], spooled: [one] });
  });

  test('the trial fails while the line is down: nobody else gets it, and the failure is told after the welcome', () => {
    const error = { code: 'disk-full', message: 'make room' };
    const down = play(connected(), assign(one), lost, { type: 'trial-failed', key: one, error, retry: true });
    expect(down.effects).toEqual([]);
    const greeting = play(down.state, { type: 'opened' });
    expect(sent(greeting.effects)[0]).toMatchObject({ running: [one] });
    const told = play(greeting.state, welcome);
    expect(sent(told.effects)).toEqual([{ type: 'trial.failed', ...one, error, retry: true }]);
    expect(told.state.outbox).toEqual([]);
  });

  test('between the POST and its acknowledgement: the result stays, is offered again, and the second answer settles it', () => {
    const { state } = play(connected(), assign(one), { type: 'trial-spooled', key: one }, lost);
    const failed = play(state, { type: 'post-failed', key: one, random: 0 });
    expect(failed.state.spooled).toHaveLength(1);
    const acknowledgement = { accepted: false, reason: 'already-accepted' as const };
    const done = play(failed.state, { type: 'result-acknowledged', key: one, acknowledgement });
    expect(done.state.spooled).toEqual([]);
  });

  test('the controller settles a spooled result by itself', () => {
    const settled: SessionInput = { type: 'message', message: { type: 'result.settled', ...one } };
    expect(play(connected([one]), settled).effects).toEqual([{ type: 'delete-spooled', key: one }]);
  });

  test('assigned anew while its result waits on disk: the result is offered, nothing is measured twice', () => {
    const { effects, state } = play(connected([one]), assign(one));
    expect(effects.map((effect) => effect.type)).toEqual(['send', 'post-result']);
    expect(state.running).toEqual([]);
  });

  test('cancelled before the failure could be told: nothing is told', () => {
    const error = { code: 'disk-full', message: 'make room' };
    const down = play(connected(), assign(one), lost, { type: 'trial-failed', key: one, error, retry: true });
    const cancel: SessionInput = { type: 'message', message: { type: 'trial.cancel', ...one, reason: 'by the user' } };
    expect(sent(play(down.state, cancel, { type: 'opened' }, welcome).effects)).toEqual([]);
  });

  test('the trial of a result that can never be delivered fails', () => {
    const error = { code: 'result-invalid', message: 'rounds: too many' };
    const { effects, state } = play(connected([one]), { type: 'post-rejected', key: one, error });
    expect(effects).toEqual([{ type: 'send', message: { type: 'trial.failed', ...one, error, retry: false } }]);
    expect(state.spooled).toEqual([]);
  });
});

describe('SIGTERM', () => {
  const terminate: SessionInput = { type: 'terminate' };

  test('with nothing to do it ends at once', () => {
    expect(play(connected(), terminate).effects.map((effect) => effect.type)).toEqual([
      'start-drain-timer',
      'disconnect',
      'exit',
    ]);
  });

  test('finishes its trial, delivers the result, takes nothing new, then ends', () => {
    const draining = play(connected(), assign(one), terminate);
    expect(draining.effects).toEqual([{ type: 'start-drain-timer' }]);
    expect(sent(play(draining.state, assign(two, 'cpu')).effects)[0]).toMatchObject({ type: 'trial.handback' });
    const spooled = play(draining.state, { type: 'trial-spooled', key: one });
    expect(spooled.effects).toEqual([{ type: 'post-result', key: one, delayMs: 0 }]);
    const acknowledgement = { accepted: true, reason: 'accepted' as const };
    const done = play(spooled.state, { type: 'result-acknowledged', key: one, acknowledgement });
    expect(done.effects.map((effect) => effect.type)).toEqual(['delete-spooled', 'disconnect', 'exit']);
    expect(play(done.state, terminate).effects).toEqual([]);
  });

  test.each([
    ['the second time', terminate],
    ['when draining took too long', { type: 'drain-expired' } as const],
  ])('%s it stops the trial and hands it back', (_, input) => {
    const leaving = play(connected(), assign(one), terminate, input);
    expect(leaving.effects).toEqual([{ type: 'stop-trial', key: one, reason: 'leaving' }]);
    const ended = play(leaving.state, { type: 'trial-stopped', key: one });
    expect(sent(ended.effects)).toMatchObject([{ type: 'trial.handback', ...one }]);
    expect(ended.effects.map((effect) => effect.type)).toEqual(['send', 'disconnect', 'exit']);
  });

  test('keeps a result that could not be delivered for its next life', () => {
    const { state, effects } = play(
      connected(),
      assign(one),
      lost,
      terminate,
      { type: 'trial-spooled', key: one },
      {
        type: 'post-failed',
        key: one,
        random: 0,
      },
    );
    expect(effects.map((effect) => effect.type)).toContain('exit');
    expect(effects.map((effect) => effect.type)).not.toContain('delete-spooled');
    expect(state.spooled).toHaveLength(1);
  });

  test('with the line down and nothing to do it ends without waiting for one', () => {
    expect(play(connected(), lost, terminate).effects.at(-1)).toEqual({ type: 'exit' });
  });
});
