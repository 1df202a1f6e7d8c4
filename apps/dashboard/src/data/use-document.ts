import type { LiveEvent } from '@octet/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, fetchDocument } from './api.js';
import { useConnectionState, useLiveEvents } from './live.js';

export interface Loaded<T> {
  document: T | null;
  error: ApiError | null;
}

/** Events come in bursts; the document is asked for once after each. */
const settleMs = 300;

/**
 * A document of the controller, asked for again when a live event concerns it and after a lost connection. What was shown stays
 * until its successor is there.
 */
export function useDocument<T>(path: string, concerns: (event: LiveEvent) => boolean): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ document: null, error: null });
  const [version, setVersion] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const connection = useConnectionState();

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
    const abort = new AbortController();
    fetchDocument<T>(path, abort.signal).then(
      (document) => setLoaded({ document, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setLoaded((last) => ({ document: last.document, error: error as ApiError }));
      },
    );
    return () => abort.abort();
  }, [path, version, connection === 'open']);

  return loaded;
}
