import type { AgentDocument, DeviceReading, LiveEvent } from '@octet/protocol';
import { useCallback, useMemo, useState } from 'react';
import { useLiveEvents } from '../../data/live.js';

/** Five minutes at one reading in five seconds. */
const most = 60;

type Histories = ReadonlyMap<string, readonly DeviceReading[]>;

/** Readings of each device (`agent/slot`), oldest first: those that came while the page was open, after the stored one. */
export function useReadings(agents: readonly AgentDocument[]): Histories {
  const [live, setLive] = useState<Histories>(new Map());
  const listener = useCallback((event: LiveEvent) => setLive((current) => afterEvent(current, event)), []);
  useLiveEvents(listener);
  return useMemo(() => {
    const shown = new Map<string, readonly DeviceReading[]>();
    for (const agent of agents.filter(({ state }) => state === 'connected')) {
      for (const { slotId, reading } of agent.slots) {
        const key = `${agent.id}/${slotId}`;
        const came = live.get(key) ?? [];
        shown.set(key, came.length > 0 || reading === null ? came : [reading]);
      }
    }
    return shown;
  }, [agents, live]);
}

export function afterEvent(current: Histories, event: LiveEvent): Histories {
  if (event.type !== 'agent.readings') return current;
  const next = new Map(current);
  for (const { slotId, reading } of event.slots) {
    const key = `${event.agentId}/${slotId}`;
    next.set(key, [...(next.get(key) ?? []), reading].slice(-most));
  }
  return next;
}
