import { backOffMs } from './back-off.js';
import {
  keyOf,
  sameKey,
  type SessionEffect,
  type SessionState,
  type SpooledResult,
  type Step,
  type TrialKey,
} from './state.js';

function change(state: SessionState, key: TrialKey, changes: Partial<SpooledResult>): SessionState {
  const spooled = state.spooled.map((result) => (sameKey(result, key) ? { ...result, ...changes } : result));
  return { ...state, spooled };
}

export function drop(state: SessionState, key: TrialKey): SessionState {
  return { ...state, spooled: state.spooled.filter((result) => !sameKey(result, key)) };
}

function post(key: TrialKey, delayMs: number): SessionEffect {
  return { type: 'post-result', key: keyOf(key), delayMs };
}

/** A record that has just reached the disk is offered at once: HTTP may work while the socket is down. */
export function addSpooled(state: SessionState, key: TrialKey): Step {
  const spooled = [...drop(state, key).spooled, { ...keyOf(key), posting: true, failures: 0 }];
  return [{ ...state, spooled }, [post(key, 0)]];
}

/** Offers every result that no POST is under way for. */
export function postAll(state: SessionState): Step {
  const due = state.spooled.filter((result) => !result.posting);
  const spooled = state.spooled.map((result) => ({ ...result, posting: true }));
  return [{ ...state, spooled }, due.map((result) => post(result, 0))];
}

/** Accepted or refused for good: either way the copy is of no use any more. */
export function settled(state: SessionState, key: TrialKey): Step {
  if (!state.spooled.some((result) => sameKey(result, key))) return [state, []];
  return [drop(state, key), [{ type: 'delete-spooled', key: keyOf(key) }]];
}

export function postFailed(state: SessionState, key: TrialKey, random: number): Step {
  const result = state.spooled.find((one) => sameKey(one, key));
  if (result === undefined) return [state, []];
  if (state.lifecycle === 'leaving') return [change(state, key, { posting: false }), []];
  const failures = result.failures + 1;
  return [change(state, key, { failures, posting: true }), [post(key, backOffMs(failures, random))]];
}
