import { forget, tell } from './connection.js';
import { addSpooled, drop } from './spool.js';
import {
  keyOf,
  sameKey,
  type Assignment,
  type SessionState,
  type StopReason,
  type Step,
  type TrialKey,
} from './state.js';

function accepted(assignment: Assignment): Step[1][number] {
  return { type: 'send', message: { type: 'trial.accepted', slotId: assignment.slotId, ...keyOf(assignment) } };
}

function handBack(state: SessionState, key: TrialKey, slotId: string | null, reason: string): Step {
  return tell(state, { type: 'trial.handback', ...keyOf(key), reason }, slotId);
}

/** Told twice (a welcome came between): it is taken already. Told while its result waits on disk: that is offered again. */
export function assigned(state: SessionState, assignment: Assignment): Step {
  const known = [...state.running, ...state.next].some((trial) => sameKey(trial, assignment));
  if (known) return [state, [accepted(assignment)]];
  if (state.spooled.some((result) => sameKey(result, assignment))) {
    const [next, effects] = addSpooled(state, assignment);
    return [next, [accepted(assignment), ...effects]];
  }
  if (state.lifecycle !== 'working') return handBack(state, assignment, null, 'the agent is shutting down');
  if (!state.identity.slots.some((slot) => slot.slotId === assignment.slotId)) {
    return handBack(state, assignment, null, `this agent has no slot ${assignment.slotId}`);
  }
  return occupy(state, assignment);
}

function occupy(state: SessionState, assignment: Assignment): Step {
  const occupant = state.running.find((trial) => trial.slotId === assignment.slotId);
  if (occupant === undefined) return begin(state, assignment, [accepted(assignment)]);
  const replaces = occupant.stopping !== null || occupant.trialId === assignment.trialId;
  const taken = state.next.some((trial) => trial.slotId === assignment.slotId);
  if (!replaces || taken) return handBack(state, assignment, null, `slot ${assignment.slotId} is busy`);
  const [stopping, stops] = stop(state, occupant, 'superseded');
  return [{ ...stopping, next: [...stopping.next, assignment] }, [accepted(assignment), ...stops]];
}

function begin(state: SessionState, assignment: Assignment, before: Step[1]): Step {
  const trial = { ...keyOf(assignment), slotId: assignment.slotId, stopping: null };
  const running = [...state.running, trial];
  return [{ ...state, running }, [...before, { type: 'start-trial', assignment }]];
}

/** Tells the runner to stop; `trial-stopped` follows when it has. */
export function stop(state: SessionState, key: TrialKey, reason: StopReason): Step {
  const trial = state.running.find((one) => sameKey(one, key));
  if (trial === undefined || trial.stopping !== null) return [state, []];
  const running = state.running.map((one) => (one === trial ? { ...one, stopping: reason } : one));
  return [{ ...state, running }, [{ type: 'stop-trial', key: keyOf(key), reason }]];
}

export function cancelled(state: SessionState, key: TrialKey): Step {
  const next = state.next.filter((trial) => !sameKey(trial, key));
  return stop(forget({ ...state, next }, key), key, 'cancelled');
}

/** Stops everything and says nothing of it: the controller has taken all of it away. */
export function dropAll(state: SessionState): Step {
  let step: Step = [{ ...state, next: [], outbox: [] }, []];
  for (const trial of state.running) {
    const [next, effects] = stop(step[0], trial, 'cancelled');
    step = [next, [...step[1], ...effects]];
  }
  return step;
}

/** Takes the trial off its slot and starts what waited for the slot. */
function vacate(state: SessionState, key: TrialKey): Step {
  const slotId = state.running.find((trial) => sameKey(trial, key))?.slotId;
  const free = { ...state, running: state.running.filter((trial) => !sameKey(trial, key)) };
  const waiting = free.next.find((assignment) => assignment.slotId === slotId);
  if (waiting === undefined) return [free, []];
  const rest = { ...free, next: free.next.filter((one) => one !== waiting) };
  if (rest.lifecycle !== 'working') return handBack(rest, waiting, waiting.slotId, 'the agent is shutting down');
  return begin(rest, waiting, []);
}

/** Runs `work` on the state without the trial, then appends what waited for its slot. */
function ended(state: SessionState, key: TrialKey, work: (state: SessionState) => Step): Step {
  const [vacated, starts] = vacate(state, key);
  const [next, effects] = work(vacated);
  return [next, [...effects, ...starts]];
}

/** A result that came in spite of a stop is offered all the same: the controller knows whether it still counts. */
export function spooled(state: SessionState, key: TrialKey): Step {
  return ended(state, key, (free) => addSpooled(free, key));
}

export function failed(
  state: SessionState,
  key: TrialKey,
  error: { code: string; message: string },
  retry: boolean,
): Step {
  const trial = state.running.find((one) => sameKey(one, key));
  if (trial === undefined) return [state, []];
  if (trial.stopping !== null) return stopped(state, key);
  const { code, message } = error;
  return ended(state, key, (free) =>
    tell(free, { type: 'trial.failed', ...keyOf(key), error: { code, message }, retry }, trial.slotId),
  );
}

export function stopped(state: SessionState, key: TrialKey): Step {
  const trial = state.running.find((one) => sameKey(one, key));
  if (trial === undefined) return [state, []];
  return ended(state, key, (free) =>
    trial.stopping === 'leaving' || trial.stopping === null
      ? handBack(free, key, trial.slotId, 'the agent is shutting down')
      : [free, []],
  );
}

/** The record can't be delivered and was set aside for a person: the trial ends as failed. */
export function rejected(state: SessionState, key: TrialKey, error: { code: string; message: string }): Step {
  if (!state.spooled.some((result) => sameKey(result, key))) return [state, []];
  const message = { type: 'trial.failed' as const, ...keyOf(key), error, retry: false };
  return tell(drop(state, key), message, null);
}
