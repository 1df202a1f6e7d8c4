import type { AgentDocument } from '@octet/protocol';
import { formatCount } from '../../format.js';

export interface Standing {
  sign: string;
  word: string;
  color: string;
  /** What follows from it; null where there is nothing to say. */
  says: string | null;
}

type Agent = Pick<AgentDocument, 'state' | 'duty' | 'slots'>;

/** An agent's connection and duty as one word. */
export function standingOf({ state, duty, slots }: Agent): Standing {
  if (duty === 'revoked')
    return {
      sign: '✕',
      word: 'revoked',
      color: 'red.9',
      says: 'Locked out: what it sends is refused until it is resumed.',
    };
  const away = state === 'lost' ? ' It is not connected.' : '';
  if (duty === 'paused') {
    const says = `Takes no trials, restarts included, until it is resumed.${away}`;
    return { sign: '‖', word: 'paused', color: '#a84300', says };
  }
  if (duty === 'draining') {
    const busy = slots.some((slot) => slot.running !== null);
    const says = `${busy ? 'Ends what it runs and takes' : 'Takes'} no more trials until it is started anew or resumed.${away}`;
    return { sign: '◑', word: busy ? 'draining' : 'drained', color: '#a84300', says };
  }
  if (state === 'connected') return { sign: '●', word: 'connected', color: 'teal.9', says: null };
  const says = 'No word from it. Its trials go to others; start its agent, or look at its network.';
  return { sign: '○', word: 'lost', color: 'gray.7', says };
}

/** `3 agents with 5 devices: 2 measuring, 1 idle, 1 off duty, 1 lost.` */
export function fleetSentence(agents: readonly Agent[]): string {
  const counts = { measuring: 0, idle: 0, 'off duty': 0, lost: 0 };
  for (const agent of agents) {
    for (const slot of agent.slots) {
      if (slot.running !== null) counts.measuring += 1;
      else if (agent.state === 'lost') counts.lost += 1;
      else counts[agent.duty === 'working' ? 'idle' : 'off duty'] += 1;
    }
  }
  const parts = Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  const devices = agents.reduce((sum, agent) => sum + agent.slots.length, 0);
  const all = `${formatCount(agents.length, 'agent')} with ${formatCount(devices, 'device')}`;
  return parts.length === 0 ? `${all}.` : `${all}: ${parts.join(', ')}.`;
}
