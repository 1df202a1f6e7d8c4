import { protocolVersion, type AgentMessage } from '../messages.js';
import { backOffMs } from './back-off.js';
import { postAll } from './spool.js';
import { keyOf, sameKey, type SessionState, type Step, type Unsent } from './state.js';

export function started(state: SessionState): Step {
  return [{ ...state, connection: 'opening' }, [{ type: 'connect', delayMs: 0 }]];
}

/** A trial whose outcome is still in the outbox counts as running: nobody else shall start it meanwhile. */
function helloOf(state: SessionState): AgentMessage {
  const unsent = state.outbox.flatMap(({ message, slotId }) =>
    slotId === null ? [] : [{ slotId, ...keyOf(message) }],
  );
  return {
    type: 'hello',
    protocolVersion,
    ...state.identity,
    slots: state.lifecycle === 'working' ? state.identity.slots : busySlots(state),
    running: [
      ...state.running.map((trial) => ({ slotId: trial.slotId, ...keyOf(trial) })),
      ...state.next.map((trial) => ({ slotId: trial.slotId, ...keyOf(trial) })),
      ...unsent,
    ],
    spooled: state.spooled.map(keyOf),
  };
}

/** An agent that is going offers no idle slot. */
function busySlots(state: SessionState): SessionState['identity']['slots'] {
  return state.identity.slots.filter((slot) =>
    [...state.running, ...state.outbox].some(({ slotId }) => slotId === slot.slotId),
  );
}

export function opened(state: SessionState): Step {
  return [{ ...state, connection: 'greeting' }, [{ type: 'send', message: helloOf(state) }]];
}

/** What could not be said before is said now, and every result on disk is offered again. */
export function welcomed(state: SessionState): Step {
  const [posting, posts] = postAll(state);
  const outbox = state.outbox.map(({ message }) => ({ type: 'send' as const, message }));
  return [{ ...posting, connection: 'welcomed', failures: 0, outbox: [] }, [...outbox, ...posts]];
}

/** Trials go on, results stay on disk; only the line is dialled again. */
export function lost(state: SessionState, random: number): Step {
  if (state.lifecycle === 'ended') return [state, []];
  if (state.lifecycle === 'leaving') return [{ ...state, connection: 'idle' }, []];
  const failures = state.connection === 'welcomed' ? 1 : state.failures + 1;
  const delayMs = backOffMs(failures, random);
  return [{ ...state, connection: 'opening', failures }, [{ type: 'connect', delayMs }]];
}

/** Sends now, or after the next welcome. */
export function tell(state: SessionState, message: Unsent['message'], slotId: string | null): Step {
  if (state.connection === 'welcomed') return [state, [{ type: 'send', message }]];
  return [{ ...state, outbox: [...state.outbox, { message, slotId }] }, []];
}

/** The controller wants nothing of this attempt any more: unsaid outcomes are dropped. */
export function forget(state: SessionState, key: { trialId: string; attempt: number }): SessionState {
  return { ...state, outbox: state.outbox.filter(({ message }) => !sameKey(message, key)) };
}
