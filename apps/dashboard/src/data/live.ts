import type { LiveEvent } from '@octet/protocol';
import { useEffect, useSyncExternalStore } from 'react';

type Listener = (event: LiveEvent) => void;
type ConnectionState = 'connecting' | 'open' | 'lost';

const longestPauseMs = 10_000;
const listeners = new Set<Listener>();
const stateListeners = new Set<() => void>();
let state: ConnectionState = 'connecting';
let socket: WebSocket | null = null;
let pauseMs = 500;

/** Calls `listener` for each live event of the controller while the component is on the page. */
export function useLiveEvents(listener: Listener): void {
  useEffect(() => {
    listeners.add(listener);
    connect();
    return () => void listeners.delete(listener);
  }, [listener]);
}

/** Whether the page gets live events; `lost` heals by itself. */
export function useConnectionState(): ConnectionState {
  return useSyncExternalStore(
    (changed) => {
      stateListeners.add(changed);
      return () => stateListeners.delete(changed);
    },
    () => state,
  );
}

function connect(): void {
  if (socket !== null) return;
  const address = new URL('/live', location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  socket = new WebSocket(address);
  socket.onopen = () => {
    pauseMs = 500;
    setState('open');
  };
  socket.onmessage = (message) => {
    const event = JSON.parse(String(message.data)) as LiveEvent;
    for (const listener of listeners) listener(event);
  };
  socket.onclose = () => {
    socket = null;
    setState('lost');
    setTimeout(connect, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };
}

function setState(next: ConnectionState): void {
  state = next;
  for (const changed of stateListeners) changed();
}
