import { agentRevoked, type ControllerMessage, type SlotReadings } from '../messages.js';
import { lost, opened, started, welcomed } from './connection.js';
import { endIfDone, leave, terminate } from './shutdown.js';
import { postFailed, settled } from './spool.js';
import { keyOf, sameKey, type SessionInput, type SessionState, type Step } from './state.js';
import { assigned, cancelled, dropAll, failed, rejected, spooled, stopped } from './trials.js';

/**
 * The agent's session: what it knows and what happened in, what it knows then and what to do out. Pure: drivers own
 * the socket, the clock, the disk and the runner.
 */
export function step(state: SessionState, input: SessionInput): Step {
  if (state.lifecycle === 'ended') return [state, []];
  return endIfDone(react(state, input));
}

function react(state: SessionState, input: SessionInput): Step {
  switch (input.type) {
    case 'started':
      return started(state);
    case 'opened':
      return opened(state);
    case 'message':
      return hear(state, input.message);
    case 'lost':
      return lost(state, input.random);
    case 'trial-progress':
      return progress(state, input);
    case 'devices-read':
      return readings(state, input.slots);
    case 'trial-spooled':
      return spooled(state, input.key);
    case 'trial-failed':
      return failed(state, input.key, input.error, input.retry);
    case 'trial-stopped':
      return stopped(state, input.key);
    case 'result-acknowledged':
      return settled(state, input.key);
    case 'post-failed':
      return postFailed(state, input.key, input.random);
    case 'post-rejected':
      return rejected(state, input.key, input.error);
    case 'terminate':
      return terminate(state);
    case 'drain-expired':
      return leave(state);
  }
}

function hear(state: SessionState, message: ControllerMessage): Step {
  switch (message.type) {
    case 'welcome':
      return welcomed(state);
    case 'trial.assigned':
      return assigned(state, message);
    case 'trial.cancel':
      return cancelled(state, message);
    case 'result.settled':
      return settled(state, message);
    case 'refused':
      return refused(state, message.code);
  }
}

/** Dialled again later. An agent that was revoked stops what it runs: somebody else measures that now. */
function refused(state: SessionState, code: string): Step {
  const [next, effects] = code === agentRevoked ? dropAll(state) : [state, []];
  return [next, [...effects, { type: 'disconnect' }]];
}

/** Of this moment only: nobody wants them later. */
function readings(state: SessionState, slots: SlotReadings): Step {
  if (state.connection !== 'welcomed') return [state, []];
  return [state, [{ type: 'send', message: { type: 'devices.readings', slots } }]];
}

/** Progress is news, not state: what nobody hears is not kept. */
function progress(state: SessionState, input: Extract<SessionInput, { type: 'trial-progress' }>): Step {
  const running = state.running.some((trial) => sameKey(trial, input.key) && trial.stopping === null);
  if (state.connection !== 'welcomed' || !running) return [state, []];
  const message = { type: 'trial.progress' as const, ...keyOf(input.key), progress: input.progress };
  return [state, [{ type: 'send', message }]];
}
