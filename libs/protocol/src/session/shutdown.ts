import { stop } from './trials.js';
import type { SessionState, Step } from './state.js';

/** First time: finish what runs (within the driver's drain time). Second time: hand it back at once. */
export function terminate(state: SessionState): Step {
  if (state.lifecycle === 'working') return [{ ...state, lifecycle: 'draining' }, [{ type: 'start-drain-timer' }]];
  return leave(state);
}

/** Stops everything that runs; each trial is handed back once its runner has ended. */
export function leave(state: SessionState): Step {
  if (state.lifecycle === 'ended' || state.lifecycle === 'leaving') return [state, []];
  let step: Step = [{ ...state, lifecycle: 'leaving' }, []];
  for (const trial of state.running) {
    const [next, effects] = stop(step[0], trial, 'leaving');
    step = [next, [...step[1], ...effects]];
  }
  return step;
}

/**
 * An agent on its way out ends once nothing runs and no result is being posted. What is still on disk is offered again
 * by its next life; an unsent hand-back is noticed by the controller, which sees the line close.
 */
export function endIfDone([state, effects]: Step): Step {
  if (state.lifecycle !== 'draining' && state.lifecycle !== 'leaving') return [state, effects];
  const busy = state.running.length > 0 || state.spooled.some((result) => result.posting && result.failures === 0);
  if (busy) return [state, effects];
  return [{ ...state, lifecycle: 'ended' }, [...effects, { type: 'disconnect' }, { type: 'exit' }]];
}
