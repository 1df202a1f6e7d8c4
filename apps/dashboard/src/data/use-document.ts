import type { LiveEvent } from '@octet/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, fetchDocument } from './api.js';
import { useConnectionState, useLiveEvents } from './live.js';

export interface Loaded<T> {
  document: T | null;
  error: ApiError | null;
}

/** Events come in bursts; the document is asked for once after each. */
const settleMs = 500;
/** The last documents seen, so that going back shows a page at once while its successor is fetched. */
const remembered = new Map<string, unknown>();
const mostRemembered = 20;

const noEvents = () => false;

/** Whether each has answered, with data or an error: a page that waits for all of them is drawn once, and nothing on it moves. */
export function allAnswered(...loads: readonly Loaded<unknown>[]): boolean {
  return loads.every(({ document, error }) => document !== null || error !== null);
}

/**
 * A document of the controller, asked for again when a live event concerns it and after a lost connection. What was shown stays
 * until its successor is there. `path` null: nothing to load yet.
 */
export function useDocument<T>(path: string | null, concerns: (event: LiveEvent) => boolean = noEvents): Loaded<T> {
  const [answer, setAnswer] = useState<{ path: string | null } & Loaded<T>>({
    path: null,
    document: null,
    error: null,
  });
  const [version, setVersion] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const lost = useConnectionState() === 'lost';

  const listener = useCallback(
    (event: LiveEvent) => {
      if (!concerns(event)) return;
      timer.current ??= setTimeout(() => {
        timer.current = null;
        setVersion((current) => current + 1);
      }, settleMs);
    },
    [concerns],
  );
  useLiveEvents(listener);

  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    fetchDocument<T>(path, abort.signal).then(
      (document) => {
        remember(path, document);
        setAnswer({ path, document, error: null });
      },
      (error: unknown) => {
        if (!abort.signal.aborted)
          setAnswer((last) => ({
            path,
            document: last.path === path ? last.document : null,
            error: error as ApiError,
          }));
      },
    );
    return () => abort.abort();
  }, [path, version, lost]);

  if (path === null) return { document: null, error: null };
  if (answer.path === path) return answer;
  return { document: (remembered.get(path) as T | undefined) ?? null, error: null };
}

function remember(path: string, document: unknown): void {
  remembered.delete(path);
  remembered.set(path, document);
  for (const oldest of remembered.keys()) {
    if (remembered.size <= mostRemembered) break;
    remembered.delete(oldest);
  }
}
